/** Models remembered; the one learned longest ago goes first. */
const MODELS_MAX = 1000;
/** Weight of one more answer. */
const LEARNING_RATE = 0.1;
/** One strange answer (a cached prompt counted twice, a model with hidden system prompts) must not freeze balances. */
const RATIO_MAX = 4;
/** Below this the fixed part of a chat template is most of the count and says nothing about the text. */
const TOKENS_MIN = 64;

/** How far a model's real input is above the estimate, learned from its answers: ≥ 1, 1 for a model not seen yet. */
export class InputFactor {
  private readonly factors = new Map<string, number>();

  factor(model: string): number {
    return Math.max(1, this.factors.get(model) ?? 1);
  }

  /** Takes one answer's own figure. Estimates that are too high are remembered too, so that one low answer lowers little. */
  learn(model: string, estimatedTokens: number, actualTokens: number): void {
    if (!(estimatedTokens >= TOKENS_MIN) || !(actualTokens >= 0)) return;
    const ratio = Math.min(actualTokens / estimatedTokens, RATIO_MAX);
    const known = this.factors.get(model);
    this.factors.delete(model);
    this.factors.set(model, known === undefined ? ratio : known + (ratio - known) * LEARNING_RATE);
    if (this.factors.size > MODELS_MAX) {
      for (const oldest of this.factors.keys()) {
        this.factors.delete(oldest);
        break;
      }
    }
  }
}
