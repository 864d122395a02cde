import type { UsageVector } from '@apilink/pricing';

/** What one answer of an endpoint can be. */
export interface AnswerBounds {
  readonly contextLength: number;
  readonly maxOutputTokens: number;
  readonly choices: number;
}

/** Providers that call tools of their own send a context several times and count it each time. */
const ROUNDS_MAX = 10;
const SEARCHES_MAX = 1_000;
/** A day: no request of 32 MiB holds that much audio at any rate that speech survives. */
const AUDIO_MS_MAX = 86_400_000;

/**
 * Whether what a provider says was used can be true of one answer. A figure beyond that is a fault or a fraud, and a
 * customer's whole balance must not be charged on its word: the answer is then charged as metered here.
 */
export function isPlausible(usage: UsageVector, { contextLength, maxOutputTokens, choices }: AnswerBounds): boolean {
  return (
    usage.input <= contextLength * ROUNDS_MAX &&
    usage.output <= maxOutputTokens * choices * ROUNDS_MAX &&
    usage.webSearches <= SEARCHES_MAX &&
    usage.milliseconds <= AUDIO_MS_MAX
  );
}
