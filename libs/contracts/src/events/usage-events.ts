import { z } from 'zod';

import { instantSchema, nanoUsdAmountSchema } from '../amounts.js';
import { accountIdSchema, generationIdSchema, keyIdSchema, workspaceIdSchema } from '../ids.js';
import { attemptClassSchema, outcomeSchema, usageSourceSchema } from '../outcomes.js';
import { usageVectorSchema } from '../usage-vector.js';

/** The cap periods that a hold counts in, picked by the gate's clock at admission, in the account's time zone. */
export const holdPeriodsSchema = z.object({
  day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  /** ISO week, from Monday. */
  week: z.string().regex(/^\d{4}-W\d{2}$/),
  month: z.string().regex(/^\d{4}-\d{2}$/),
});
export type HoldPeriods = z.output<typeof holdPeriodsSchema>;

/** An endpoint that may answer, and the price version that the hold pins for it. */
export const holdCandidateSchema = z.object({ endpointId: z.string().max(300), priceVersion: z.string().max(64) });

const holdFacts = {
  generationId: generationIdSchema,
  accountId: accountIdSchema,
  workspaceId: workspaceIdSchema,
  keyId: keyIdSchema,
  modelId: z.string().max(200),
  candidates: z.array(holdCandidateSchema).max(16),
  periods: holdPeriodsSchema,
  /** The gate's clock at admission. */
  openedAt: instantSchema,
  /** The gate's epoch in which the hold was last confirmed. */
  epoch: z.number().int().min(0),
};

export const holdOpenedSchema = z.object({ ...holdFacts, amountNanoUsd: nanoUsdAmountSchema });
export type HoldOpened = z.output<typeof holdOpenedSchema>;

/** One try at one endpoint. `usage` and `costNanoUsd` are what the provider will bill us, when it said so. */
export const attemptSchema = z.object({
  endpointId: z.string().max(300),
  provider: z.string().max(100),
  credential: z.string().max(100),
  startedAt: instantSchema,
  firstTokenMs: z.number().int().min(0).nullable(),
  durationMs: z.number().int().min(0),
  class: attemptClassSchema,
  status: z.number().int().min(0).max(999).nullable(),
  usage: usageVectorSchema.nullable(),
  costNanoUsd: nanoUsdAmountSchema.nullable(),
  hedge: z.boolean(),
});
export type Attempt = z.output<typeof attemptSchema>;

export const usageFinalSchema = z.object({
  ...holdFacts,
  outcome: outcomeSchema,
  /** Why, in words for the receipt; null when the outcome says it all. */
  reason: z.string().max(500).nullable(),
  /** The most that was held while it ran; what is not charged of it was released. */
  highestHoldNanoUsd: nanoUsdAmountSchema,
  /** The hold as the gate last confirmed it. */
  finalHoldNanoUsd: nanoUsdAmountSchema,
  /** What the edge computed; billing computes its own and compares. */
  chargeNanoUsd: nanoUsdAmountSchema,
  usage: usageVectorSchema,
  usageSource: usageSourceSchema,
  /** The endpoint that answered and its pinned price version; null when none did. */
  answeredBy: holdCandidateSchema.nullable(),
  serviceTier: z.string().max(64).nullable(),
  attempts: z.array(attemptSchema).max(16),
  endedAt: instantSchema,
  dialect: z.enum([
    'chat',
    'responses',
    'messages',
    'embeddings',
    'images',
    'speech',
    'transcriptions',
    'rerank',
    'gemini',
  ]),
  stream: z.boolean(),
  status: z.number().int().min(0).max(599),
  finishReason: z.string().max(64).nullable(),
  app: z.object({ referer: z.string().max(500).nullable(), title: z.string().max(200).nullable() }).nullable(),
  session: z.string().max(256).nullable(),
  endUser: z.string().max(256).nullable(),
  tags: z.array(z.string().max(64)).max(16).default([]),
});
export type UsageFinal = z.output<typeof usageFinalSchema>;
