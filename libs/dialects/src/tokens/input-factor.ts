/** Models remembered; the one learned longest ago goes first. */
const MODELS_MAX = 1000;
/** Weight of one more answer, once there were many; the first ones weigh more, so that a new edge knows a model in ten. */
const LEARNING_RATE = 0.05;
/**
 * One strange answer (a prompt counted twice, a hidden system prompt, a tool of the provider's that read a book) must not freeze
 * balances: no answer counts for more than twice or less than half of what was believed, nor the factor for more than this.
 */
const FACTOR_MAX = 4;
const STEP_MAX = 2;
/** Below this the fixed part of a chat template is most of the count and says nothing about the text. */
const TOKENS_MIN = 64;

interface Learned {
  readonly ratio: number;
  readonly answers: number;
}

/**
 * How far a model's real input is above the estimate, learned from its answers: ≥ 1, 1 for a model not seen yet. It begins
 * anew with the process: until it has learned, the hold's own margin covers what the factor would add.
 */
export class InputFactor {
  private readonly models = new Map<string, Learned>();

  factor(model: string): number {
    return Math.max(1, this.models.get(model)?.ratio ?? 1);
  }

  /**
   * Takes one answer's own figure beside the estimate as it was without the factor. Estimates that are too high are remembered
   * too, so that a few high answers among them raise little.
   */
  learn(model: string, estimatedTokens: number, actualTokens: number): void {
    if (!(estimatedTokens >= TOKENS_MIN) || !(actualTokens >= 0)) return;
    const { ratio, answers } = this.models.get(model) ?? { ratio: 1, answers: 0 };
    const told = Math.min(Math.max(actualTokens / estimatedTokens, ratio / STEP_MAX), ratio * STEP_MAX, FACTOR_MAX);
    const weight = Math.max(LEARNING_RATE, 1 / (answers + 2));
    this.models.delete(model);
    this.models.set(model, { ratio: ratio + (told - ratio) * weight, answers: answers + 1 });
    if (this.models.size <= MODELS_MAX) return;
    for (const oldest of this.models.keys()) {
      this.models.delete(oldest);
      break;
    }
  }
}
