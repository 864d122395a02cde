import type { CallFacts, CallUnits } from '@apilink/dialects';
import type { UsageVector } from '@apilink/pricing';

/** What one answer of an endpoint can be. */
export interface AnswerBounds {
  readonly contextLength: number;
  readonly maxOutputTokens: number;
  readonly facts: Pick<CallFacts, 'choices' | 'estimatedTextTokens' | 'units'>;
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
export function isPlausible(usage: UsageVector, { contextLength, maxOutputTokens, facts }: AnswerBounds): boolean {
  const { choices, units } = facts;
  if (units !== null) return isPlausibleWork(usage, units, facts);
  return (
    usage.input <= contextLength * ROUNDS_MAX &&
    usage.output <= maxOutputTokens * choices * ROUNDS_MAX &&
    usage.webSearches <= SEARCHES_MAX &&
    usage.milliseconds <= AUDIO_MS_MAX
  );
}

/** A minimum that some providers count whatever was sent. */
const TOKENS_MIN = 10_000;
const BILLED_SEARCHES_MIN = 10;

/**
 * Of a call that is no turn the request says how much can have been used; catalogs know no context of a model that writes no
 * text.
 */
function isPlausibleWork(
  usage: UsageVector,
  units: CallUnits,
  { choices, estimatedTextTokens }: Pick<CallFacts, 'choices' | 'estimatedTextTokens'>,
): boolean {
  const inputTokens = estimatedTextTokens + units.mediaInputTokensMax;
  return (
    usage.input <= inputTokens * ROUNDS_MAX + TOKENS_MIN &&
    usage.output <= units.outputTokensMax * choices * ROUNDS_MAX + TOKENS_MIN &&
    usage.images <= units.images &&
    usage.characters <= units.characters &&
    usage.rerankSearches <= units.searchesMax * ROUNDS_MAX + BILLED_SEARCHES_MIN &&
    usage.webSearches <= SEARCHES_MAX &&
    usage.milliseconds <= Math.min(AUDIO_MS_MAX, units.audioMillisecondsMax * ROUNDS_MAX)
  );
}
