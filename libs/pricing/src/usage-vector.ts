/**
 * Normalised usage of one generation (README.md); every dialect maps its provider's figures into it.
 *
 * `input` and `output` are totals. The parts of a total are disjoint and never added to it: a token stands in one part at
 * most, and what no part names is plain input or output. All fields are whole numbers from 0 to 2^53 − 1.
 */
export interface UsageVector {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly audioInput: number;
  readonly imageInput: number;
  readonly output: number;
  readonly reasoning: number;
  readonly audioOutput: number;
  readonly imageOutput: number;
  readonly requests: number;
  readonly images: number;
  readonly characters: number;
  /** Thousandths of a second of audio. */
  readonly milliseconds: number;
  readonly webSearches: number;
  readonly rerankSearches: number;
}

export const emptyUsage: UsageVector = Object.freeze({
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  audioInput: 0,
  imageInput: 0,
  output: 0,
  reasoning: 0,
  audioOutput: 0,
  imageOutput: 0,
  requests: 0,
  images: 0,
  characters: 0,
  milliseconds: 0,
  webSearches: 0,
  rerankSearches: 0,
});

export type InputPart = 'cacheRead' | 'cacheWrite5m' | 'cacheWrite1h' | 'audioInput' | 'imageInput';
export type OutputPart = 'reasoning' | 'audioOutput' | 'imageOutput';

/** In the order in which `withPartsFitted` lets them claim tokens of their total. */
export const inputParts: readonly InputPart[] = [
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
  'imageInput',
];
export const outputParts: readonly OutputPart[] = ['reasoning', 'audioOutput', 'imageOutput'];

/** Read field by field, so that an extra property of a caller's object is never taken for usage. */
const units: readonly (keyof UsageVector)[] = [
  'input',
  ...inputParts,
  'output',
  ...outputParts,
  'requests',
  'images',
  'characters',
  'milliseconds',
  'webSearches',
  'rerankSearches',
];

export type UsageInvariant = 'not_a_count' | 'parts_above_total';

/** A usage vector that cannot be true. Whoever reads a provider's figures asks `usageProblem` first. */
export class UsageInvariantError extends Error {
  override readonly name = 'UsageInvariantError';

  constructor(
    readonly invariant: UsageInvariant,
    readonly unit: keyof UsageVector,
    detail: string,
  ) {
    super(`${invariant}: ${detail}`);
  }
}

/** Why this vector cannot be priced; null when it can. */
export function usageProblem(usage: UsageVector): UsageInvariantError | null {
  for (const unit of units) {
    const count = usage[unit];
    if (!Number.isSafeInteger(count) || count < 0) {
      return new UsageInvariantError('not_a_count', unit, `${unit} is ${count}, not a whole number from 0 to 2^53 − 1`);
    }
  }
  if (partsOf(usage, inputParts) > usage.input) return partsAbove(usage, 'input');
  if (partsOf(usage, outputParts) > usage.output) return partsAbove(usage, 'output');
  return null;
}

/**
 * The same totals with parts that fit into them. Some providers count one token in two parts (OpenAI's audio tokens that
 * were read from the cache) or more cached tokens than input. Cache parts claim first, since they are what the provider
 * bills such a token as; a later part gets what is left. The customer never pays for more tokens than the total.
 */
export function withPartsFitted(usage: UsageVector): UsageVector {
  if (partsOf(usage, inputParts) <= usage.input && partsOf(usage, outputParts) <= usage.output) return usage;
  const fitted: Record<InputPart | OutputPart, number> = { ...usage };
  fit(fitted, inputParts, usage.input);
  fit(fitted, outputParts, usage.output);
  return { ...usage, ...fitted };
}

function fit(
  counts: Record<InputPart | OutputPart, number>,
  parts: readonly (InputPart | OutputPart)[],
  total: number,
) {
  let left = total;
  for (const part of parts) {
    counts[part] = Math.min(counts[part], left);
    left -= counts[part];
  }
}

/** A sum that leaves the exact range is above any total, so the comparison with a total holds all the same. */
function partsOf(usage: UsageVector, parts: readonly (InputPart | OutputPart)[]): number {
  let sum = 0;
  for (const part of parts) sum += usage[part];
  return sum;
}

function partsAbove(usage: UsageVector, total: 'input' | 'output'): UsageInvariantError {
  const parts = total === 'input' ? inputParts : outputParts;
  const list = parts.map((part) => `${part} ${usage[part]}`).join(', ');
  return new UsageInvariantError('parts_above_total', total, `${list} exceed ${total} ${usage[total]}`);
}
