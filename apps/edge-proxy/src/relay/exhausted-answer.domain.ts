import type { AnswerClosing } from '@apilink/dialects';
import { usdNumber } from '@apilink/money';

export interface ExhaustedFacts {
  readonly wire: string;
  readonly modelId: string;
  readonly request: { readonly choices: number };
  readonly openedAt: number;
}

/**
 * The answer to a request that was not streamed and whose hold ran out: nothing of the answer is known, so every choice
 * is empty and ends with `length`, with what it cost.
 */
export function exhaustedAnswer(facts: ExhaustedFacts, closing: AnswerClosing, chargeNanoUsd: bigint): Buffer {
  const { usage, cost } = closing;
  const choices = Array.from({ length: facts.request.choices }, (_unused, index) => ({
    index,
    message: { role: 'assistant', content: '', refusal: null },
    logprobs: null,
    finish_reason: 'length',
  }));
  return Buffer.from(
    JSON.stringify({
      id: facts.wire,
      object: 'chat.completion',
      created: Math.floor(facts.openedAt / 1000),
      model: facts.modelId,
      system_fingerprint: null,
      choices,
      usage: {
        prompt_tokens: usage.input,
        completion_tokens: usage.output,
        total_tokens: usage.input + usage.output,
        cost: usdNumber(chargeNanoUsd),
        cost_nano_usd: chargeNanoUsd.toString(),
        cost_details: {
          upstream_inference_prompt_cost: usdNumber(cost.promptNanoUsd),
          upstream_inference_completions_cost: usdNumber(cost.completionsNanoUsd),
          cache_premium_absorbed: usdNumber(cost.cachePremiumAbsorbedNanoUsd),
        },
      },
    }),
  );
}
