import type { TurnRequest, TurnTarget } from '../turn/turn-request.js';

/** A turn of one question, for tests to change. */
export const plainTurn: TurnRequest = {
  model: 'm',
  messages: [{ role: 'user', name: null, parts: [{ type: 'text', text: 'hi', cache: null, citations: [] }] }],
  tools: [],
  toolChoice: null,
  parallelToolCalls: null,
  format: { kind: 'text' },
  reasoning: null,
  sampling: {
    temperature: null,
    topP: null,
    topK: null,
    seed: null,
    stop: [],
    presencePenalty: null,
    frequencyPenalty: null,
    logitBias: null,
    topLogprobs: null,
  },
  maxTokens: null,
  choices: 1,
  stream: false,
  serviceTier: null,
  endUser: null,
  verbosity: null,
  promptCacheKey: null,
  metadata: {},
  extras: [],
};

export function turnTarget(model: string): TurnTarget {
  return { model, maxTokens: null, maxOutputTokens: 1000, maxTokensKey: null };
}
