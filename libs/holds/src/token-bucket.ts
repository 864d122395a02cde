import type { BucketFigures } from './hold-store.js';

/** A bucket counts sixty-thousandths of a unit: a refill of `limit` per minute is `limit` of them per millisecond. */
const PARTS = 60_000n;
/** A bucket with the largest debt is full again after two minutes. */
const REFILL_MS_MAX = 120_000;

/** `level` in sixty-thousandths of a unit; null is a bucket never used, which is full. No limit is known before. */
export interface Bucket {
  readonly limit: number | null;
  readonly level: bigint | null;
}

export function refilled(level: bigint | null, limit: number | null, elapsedMs: number): Bucket {
  if (limit === null) return { limit, level: null };
  const full = BigInt(limit) * PARTS;
  const elapsed = BigInt(Math.min(Math.max(elapsedMs, 0), REFILL_MS_MAX));
  const now = (level ?? full) + BigInt(limit) * elapsed;
  return { limit, level: now < full ? now : full };
}

/** Takes units, or gives back when negative; a debt is at most one minute's limit. */
export function taken({ limit, level }: Bucket, units: number): Bucket {
  if (limit === null || level === null) return { limit, level };
  const full = BigInt(limit) * PARTS;
  const left = level - BigInt(units) * PARTS;
  if (left > full) return { limit, level: full };
  return { limit, level: left < -full ? -full : left };
}

/** Milliseconds until the bucket has so many units; null = it has. More than the whole bucket: the full minute. */
export function waitMs({ limit, level }: Bucket, units: number): number | null {
  const needed = BigInt(units) * PARTS;
  if (limit === null || level === null || level >= needed) return null;
  return units > limit ? 60_000 : dividedUp(needed - level, BigInt(limit));
}

export function bucketFigures({ limit, level }: Bucket): BucketFigures {
  if (limit === null || level === null) return { limit: 0, remaining: 0, resetMs: 0 };
  const resetMs = limit > 0 ? dividedUp(BigInt(limit) * PARTS - level, BigInt(limit)) : 0;
  return { limit, remaining: level > 0n ? Number(level / PARTS) : 0, resetMs };
}

function dividedUp(dividend: bigint, divisor: bigint): number {
  return Number((dividend + divisor - 1n) / divisor);
}
