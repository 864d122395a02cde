import { z } from 'zod';

const tokens = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0);

/**
 * Normalised usage of one generation (docs/money.md). `input` and `output` are totals; the fields under them are parts
 * of these totals, never added to them.
 */
export const usageVectorSchema = z.object({
  input: tokens,
  cacheRead: tokens,
  cacheWrite5m: tokens,
  cacheWrite1h: tokens,
  audioInput: tokens,
  imageInput: tokens,
  output: tokens,
  reasoning: tokens,
  audioOutput: tokens,
  imageOutput: tokens,
  requests: tokens,
  images: tokens,
  characters: tokens,
  /** Thousandths of a second of audio. */
  milliseconds: tokens,
  webSearches: tokens,
  rerankSearches: tokens,
});
export type UsageVectorWire = z.output<typeof usageVectorSchema>;
