import { lotIdSchema } from '@apilink/contracts';
import { z } from 'zod';

import type { LotDraw } from './lot.domain.js';

/** A draw as the row of its hold keeps it: lot, drawn nano-USD, drawn fen or null. */
export type StoredDraw = readonly [lotId: string, drawnNanoUsd: string, drawnFen: string | null];

const storedDrawsSchema = z.array(z.tuple([lotIdSchema.out, z.string(), z.string().nullable()])).nullable();

export function storedDrawOf({ lotId, drawnNanoUsd, drawnFen }: LotDraw): StoredDraw {
  return [lotId, drawnNanoUsd.toString(), drawnFen?.toString() ?? null];
}

/** What the column `draws` of a hold says; nothing where it drew from no payment. */
export function drawsOf(stored: unknown): readonly LotDraw[] {
  return (storedDrawsSchema.parse(stored) ?? []).map(([lotId, drawnNanoUsd, drawnFen]) => ({
    lotId,
    drawnNanoUsd: BigInt(drawnNanoUsd),
    drawnFen: drawnFen === null ? null : BigInt(drawnFen),
  }));
}
