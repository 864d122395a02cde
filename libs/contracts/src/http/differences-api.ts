import { z } from 'zod';

import { instantSchema } from '../amounts.js';
import { accountIdSchema, generationIdSchema } from '../ids.js';

/**
 * `edge_charge`: the edge computed another charge than billing, whose own figure counts. `posted_short`: a charge found less
 * in the balance than its hold had promised; the rest was written off. `gate`: the hourly comparison found the gate to say
 * something else than the tables, and told it anew.
 */
export const differenceKindSchema = z.enum(['edge_charge', 'posted_short', 'gate']);
export type DifferenceKind = z.output<typeof differenceKindSchema>;

export const differenceQuerySchema = z.object({
  kind: differenceKindSchema.optional(),
  accountId: accountIdSchema.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  /** As `nextCursor` of the page before. */
  cursor: z
    .string()
    .regex(/^[1-9]\d{0,17}$/)
    .optional(),
});

export const differenceSchema = z.object({
  id: z.string(),
  kind: differenceKindSchema,
  accountId: accountIdSchema,
  generationId: generationIdSchema.nullable(),
  expected: z.string(),
  found: z.string(),
  foundAt: instantSchema,
});
export type Difference = z.output<typeof differenceSchema>;

/** Newest first. */
export const differenceListSchema = z.object({
  differences: z.array(differenceSchema),
  nextCursor: z.string().nullable(),
});
