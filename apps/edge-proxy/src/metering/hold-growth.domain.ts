/** The share of the held output that may be assumed before the hold grows (docs/money.md, Size of a hold). */
export const GROWTH_SHARE = 0.75;

export interface OutputProgress {
  /** Output tokens seen so far, all choices together. */
  readonly tokensSeen: number;
  readonly choices: number;
  readonly msSinceDispatch: number;
  /** What the endpoint produces at its fastest, per choice. */
  readonly topTokensPerSecond: number;
}

/**
 * The output tokens of one choice that have to be assumed: hidden reasoning and answers that are not streamed are
 * produced although nothing of them is visible.
 */
export function assumedOutputTokens(progress: OutputProgress): number {
  const seen = Math.ceil(progress.tokensSeen / progress.choices);
  const possible = Math.floor((progress.msSinceDispatch * progress.topTokensPerSecond) / 1000);
  return Math.max(seen, possible);
}

export interface HeldOutput {
  /** Output tokens of one choice that the hold pays for. */
  readonly heldTokens: number;
  /** What the upstream was told, or its model's maximum: a choice never gets longer. */
  readonly maxTokens: number;
  readonly stepTokens: number;
}

/** The output of one choice that the hold should pay for now, a step more than it does; null while it suffices. */
export function growthTarget(held: HeldOutput, assumedTokens: number): number | null {
  if (held.heldTokens >= held.maxTokens) return null;
  if (assumedTokens < held.heldTokens * GROWTH_SHARE) return null;
  const steps = Math.max(
    1,
    Math.ceil((Math.min(assumedTokens, held.maxTokens) / GROWTH_SHARE - held.heldTokens) / held.stepTokens),
  );
  return Math.min(held.maxTokens, held.heldTokens + steps * held.stepTokens);
}
