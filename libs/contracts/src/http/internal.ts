import { z } from 'zod';

import { accountIdSchema, generationIdSchema, keyIdSchema, workspaceIdSchema } from '../ids.js';
import { signedReceiptSchema } from './generation.js';

/**
 * Service to service, behind `Authorization: Bearer <service token>` (two tokens valid at a time, for rotation).
 * Billing serves all of these under /internal/v1.
 */
export const internalPaths = {
  /** POST keyLookupRequest → keyLookupReply; loads the key's account into the gate. 404 = no such key. */
  keyLookup: '/internal/v1/key-lookups',
  /** POST accountLoadRequest → 204 once the gate knows the account; 503 when billing cannot load it within 2 s. */
  accountLoad: '/internal/v1/account-loads',
  /** POST generationRequest → generationReply; 404 = unknown, or of another account. */
  generationLookup: '/internal/v1/generation-lookups',
  /**
   * POST usageHandoverRequest → usageHandoverReply: at its drain an edge hands over the events that the log has not
   * acknowledged. Idempotent, as the log is: what was settled before changes nothing. 503 = nothing of it was taken.
   */
  usageHandover: '/internal/v1/usage-handovers',
} as const;

/** SHA-256 of the whole API key, lower-case hex. */
export const keyHashSchema = z.string().regex(/^[0-9a-f]{64}$/);

export const keyLookupRequestSchema = z.object({ keyHash: keyHashSchema });
export const keyLookupReplySchema = z.object({
  accountId: accountIdSchema,
  workspaceId: workspaceIdSchema,
  keyId: keyIdSchema,
  timeZone: z.string(),
});
export type KeyLookupReply = z.output<typeof keyLookupReplySchema>;

export const accountLoadRequestSchema = z.object({ accountId: accountIdSchema });

export const generationLookupRequestSchema = z.object({ accountId: accountIdSchema, generationId: generationIdSchema });
export const generationLookupReplySchema = signedReceiptSchema;

/** Events as they would have gone to `usage.v1`, in the order of the edge. */
export const usageHandoverRequestSchema = z.object({
  events: z
    .array(
      z.object({
        id: z.string().min(1).max(200),
        type: z.enum(['hold.opened', 'usage.final']),
        source: z.string().min(1).max(200),
        time: z.number().int().min(0),
        /** The account, in wire form. */
        key: z.string().min(1).max(200),
        traceparent: z.string().max(200).optional(),
        /** The event itself, JSON as text. */
        body: z.string().max(1_000_000),
      }),
    )
    .min(1)
    .max(500),
});
export type UsageHandoverRequest = z.output<typeof usageHandoverRequestSchema>;
/** `refused` are those that can never be settled, with the reason that a dead letter would have. */
export const usageHandoverReplySchema = z.object({
  settled: z.number().int().min(0),
  refused: z.array(z.object({ id: z.string(), reason: z.string() })),
});
export type UsageHandoverReply = z.output<typeof usageHandoverReplySchema>;
