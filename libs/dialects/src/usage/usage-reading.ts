import { usageProblem, withPartsFitted, type UsageVector } from '@apilink/pricing';

/** What an answer told of its usage so far. */
export interface UsageReading {
  /** Null when nothing that can be true was told, or not all of it yet. */
  readonly usage: UsageVector | null;
  /** Why `usage` is null though the upstream told one: for the log and the alert, in words that name the member. */
  readonly problem: string | null;
  /** Of the response, as the provider spells it; null when it named none. Rows of a rate card are chosen by it. */
  readonly serviceTier: string | null;
}

/** What the request says about units that no provider tells: a speech model is sold by the characters of its input. */
export interface RequestedUnits {
  /** Unicode code points to be spoken. */
  readonly characters: number;
  /** Length of the audio to be transcribed; null when it is not known. */
  readonly audioMilliseconds: number | null;
  /** Searches of a rerank request: one for every hundred documents begun. */
  readonly searches: number;
}

/** Traits of a provider that the figures themselves do not show. Declared per endpoint, never guessed (README.md). */
export interface UsageTraits {
  /** Output totals leave reasoning tokens out (xAI). Asked only where `total_tokens` does not tell. */
  readonly reasoningExcluded: boolean;
  /** `total_tokens` has more than prompt and completion: reasoning that no other member tells (Gemini's chat endpoint). */
  readonly reasoningUntold: boolean;
  /** A prompt answered with the help of searches is sold as one search, however many were made (Gemini before 3). */
  readonly oneSearchPerPrompt: boolean;
}

/** Reads the usage of one answer: its body as one document, or the data of its events one after the other. */
export interface UsageReader {
  /** A parsed JSON document. What tells no usage is passed over. */
  note(document: unknown): void;
  readonly reading: UsageReading;
}

/** A reading of figures that were all counts; parts are fitted into their totals, and the vector is checked as a whole. */
export function readingOf(vector: UsageVector, serviceTier: string | null): UsageReading {
  const usage = withPartsFitted(vector);
  const problem = usageProblem(usage);
  return problem === null
    ? { usage, problem: null, serviceTier }
    : { usage: null, problem: problem.message, serviceTier };
}

/** Nothing was told. */
export function noReading(serviceTier: string | null): UsageReading {
  return { usage: null, problem: null, serviceTier };
}

export function refusedReading(problem: string, serviceTier: string | null): UsageReading {
  return { usage: null, problem, serviceTier };
}
