import { affordableOutputTokens, holdAmount, STEP_TOKENS } from '@apilink/pricing';

import { atMostCeiling } from '../admission/hold-plan.domain.js';
import type { Generation } from '../relay/generation.entity.js';
import { assumedOutputTokens, GROWTH_SHARE, growthTarget } from './hold-growth.domain.js';
import type { HoldKeeper } from './hold-keeper.service.js';

/** A gate that is away, or quiet after a loss, is asked again after this long. */
const ASK_AGAIN_MS = 1_000;

export interface GrowthListener {
  /** Balance or a cap affords no more: the answer ends here. */
  growthRefused(): void;
  /** The upstream may go on. */
  growthSettled(): void;
}

/** Keeps the hold of one running answer ahead of what has to be assumed as produced. */
export class HoldGrowth {
  #isAsking = false;
  /** The gate did not answer the last question, or cannot tell before it knows the account again. */
  #isUnanswered = false;
  #isOver = false;
  #notBefore = 0;
  /** Below this many tokens, all choices together, nothing has to be asked for what was seen; time is another matter. */
  askFromTokens: number;

  constructor(
    private readonly generation: Generation,
    private readonly keeper: HoldKeeper,
    private readonly listener: GrowthListener,
    private readonly monotonic: () => number,
  ) {
    this.askFromTokens = askFrom(generation);
  }

  /**
   * More was produced than the hold pays for, and the gate has not answered yet: the upstream has to wait. It waits once
   * for a gate that is away, not for every question: the stream goes on.
   */
  mustPause(tokensSeen: number): boolean {
    if (!this.#isAsking || this.#isUnanswered) return false;
    return tokensSeen >= this.generation.heldTokens * this.generation.facts.call.facts.choices;
  }

  /** To be called as output is seen and as time passes. */
  check(tokensSeen: number, msSinceDispatch: number, topTokensPerSecond: number): void {
    if (this.#isAsking || this.#isOver) return;
    const { generation } = this;
    const { output, call } = generation.facts;
    if (generation.heldTokens >= output.maxTokens) return;
    const { choices } = call.facts;
    const assumed = assumedOutputTokens({ tokensSeen, choices, msSinceDispatch, topTokensPerSecond });
    const held = { heldTokens: generation.heldTokens, maxTokens: output.maxTokens, stepTokens: STEP_TOKENS };
    const target = growthTarget(held, assumed);
    if (target !== null && this.monotonic() >= this.#notBefore) void this.#ask(target);
  }

  stop(): void {
    this.#isOver = true;
  }

  async #ask(targetTokens: number): Promise<void> {
    this.#isAsking = true;
    const { hold, plan, call } = this.generation.facts;
    const question = { ...plan.question, outputTokens: targetTokens };
    const amount = atMostCeiling(holdAmount(question));
    const tokens = question.estimatedInputTokens + targetTokens * call.facts.choices;
    let isRefused = false;
    try {
      const reply = await this.keeper.resize(hold, amount, false, tokens);
      this.#isUnanswered = reply.outcome !== 'resized' || reply.quiet;
      if (reply.outcome === 'resized') {
        const granted =
          reply.grantedNanoUsd >= amount ? targetTokens : affordableOutputTokens(reply.grantedNanoUsd, question);
        const held = Math.min(targetTokens, granted);
        isRefused = held <= this.generation.heldTokens && !reply.quiet;
        if (held > this.generation.heldTokens) {
          this.generation.heldTokens = held;
          this.askFromTokens = askFrom(this.generation);
        } else this.#notBefore = this.monotonic() + ASK_AGAIN_MS;
      } else {
        this.#notBefore = this.monotonic() + ASK_AGAIN_MS;
        if (reply.outcome === 'gone') hold.whenGone?.();
      }
    } catch {
      // The gate is away in mid-stream: the stream goes on, and what the ledger affords is charged.
      this.#isUnanswered = true;
      this.#notBefore = this.monotonic() + ASK_AGAIN_MS;
    }
    this.#isAsking = false;
    if (this.#isOver) return;
    if (isRefused) this.listener.growthRefused();
    else this.listener.growthSettled();
  }
}

function askFrom({ heldTokens, facts }: Generation): number {
  if (heldTokens >= facts.output.maxTokens) return Number.POSITIVE_INFINITY;
  return heldTokens * GROWTH_SHARE * facts.call.facts.choices;
}
