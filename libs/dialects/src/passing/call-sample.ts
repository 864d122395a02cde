import { emptyUsage, type UsageVector } from '@apilink/pricing';

import type { AnswerClosing } from '../call/answer-closing.js';
import type { CallFace, CallTarget, UpstreamDialect } from '../call/call.js';

export const face: CallFace = { model: 'acme/public', skin: 'own', standIn: { id: 'gen_spec', createdSeconds: 1 } };

export function target(dialect: UpstreamDialect): CallTarget {
  return {
    dialect,
    model: 'upstream-one',
    maxTokens: null,
    maxOutputTokens: 1,
    traits: { reasoningExcluded: false, reasoningUntold: false, oneSearchPerPrompt: false, maxTokensKey: null },
  };
}

/** The end of an answer that cost 42 nano-USD. */
export function closing(usage: Partial<UsageVector>): AnswerClosing {
  return {
    usage: { ...emptyUsage, ...usage, requests: 1 },
    cost: { totalNanoUsd: 42n, cachePremiumAbsorbedNanoUsd: 0n, promptNanoUsd: 40n, completionsNanoUsd: 2n },
  };
}
