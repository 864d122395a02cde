import { z } from 'zod';

import { instantSchema } from '../amounts.js';
import { attemptClassSchema } from '../outcomes.js';

/** What one edge saw of one endpoint in one second. */
export const endpointAttemptsSchema = z.object({
  endpointId: z.string().max(300),
  edgeId: z.string().max(100),
  second: instantSchema,
  counts: z.partialRecord(attemptClassSchema, z.number().int().min(0)),
  /** First-token times in ms, at most 200 of them. */
  firstTokenMs: z.array(z.number().int().min(0)).max(200),
  outputTokens: z.number().int().min(0),
  outputMs: z.number().int().min(0),
});
export type EndpointAttempts = z.output<typeof endpointAttemptsSchema>;

/** The merged view of all edges, the value of one key of the compacted topic. */
export const endpointStateSchema = z.object({
  endpointId: z.string().max(300),
  circuit: z.enum(['closed', 'open', 'half-open']),
  reason: z.string().max(200).nullable(),
  since: instantSchema,
  firstTokenMs: z.object({ p50: z.number().min(0), p95: z.number().min(0), p99: z.number().min(0) }).nullable(),
  outputTokensPerSecond: z.number().min(0).nullable(),
  /** Share of attempts that did not fail, 0 to 1; null without traffic. */
  uptime5m: z.number().min(0).max(1).nullable(),
  uptime30m: z.number().min(0).max(1).nullable(),
});
export type EndpointState = z.output<typeof endpointStateSchema>;
