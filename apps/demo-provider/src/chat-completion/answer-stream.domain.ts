import { answerTokens } from '../answer/answer.domain.js';
import type { Scenario } from '../scenario/scenario.domain.js';
import { chunkEvent, type AnswerPlan } from './chat-completion.domain.js';

/** One step of a stream. `tokens` = how many tokens the text carries: they are paced, the rest goes at once. */
export type StreamStep =
  | { readonly kind: 'write'; readonly text: string; readonly tokens: number }
  /** The socket is destroyed without an end. */
  | { readonly kind: 'cut' }
  /** Nothing more comes, the socket stays open. */
  | { readonly kind: 'stall' }
  /** A regular end of the body; `failed` when an error event was the last. */
  | { readonly kind: 'end'; readonly failed: boolean };

const ERROR_EVENT = `data: ${JSON.stringify({
  error: { message: 'The demo provider was told to fail.', type: 'server_error', param: null, code: 'server_error' },
})}\n\n`;
const MALFORMED_EVENT = 'data: {"id":"chatcmpl-broken","choices":[{"index":0,"delta":{"content":\n\n';

const free = (text: string): StreamStep => ({ kind: 'write', text, tokens: 0 });

/** All steps of a streamed answer, faults included. All choices advance together. */
export function* streamSteps(plan: AnswerPlan, scenario: Scenario, includeUsage: boolean): Generator<StreamStep, void> {
  const choices = Array.from({ length: plan.choices }, (_, index) => ({
    index,
    tokens: answerTokens(plan.messages, index),
  }));
  const usage = includeUsage && plan.usage ? 'null' : 'absent';

  for (const { index } of choices)
    yield free(chunkEvent(plan, { index, delta: { role: 'assistant', content: '' }, finishReason: null }, usage));
  for (let sent = 0; sent < plan.tokens; sent++) {
    yield* faultAfter(sent, scenario);
    for (const { index, tokens } of choices) {
      const delta = { content: tokens.next().value };
      yield { kind: 'write', text: chunkEvent(plan, { index, delta, finishReason: null }, usage), tokens: 1 };
    }
  }
  yield* faultAfter(plan.tokens, scenario);
  if (plan.finishReason !== null)
    for (const { index } of choices)
      yield free(chunkEvent(plan, { index, delta: {}, finishReason: plan.finishReason }, usage));
  if (usage === 'null') yield free(chunkEvent(plan, null, 'present'));
  if (scenario.done) yield free('data: [DONE]\n\n');
  yield { kind: 'end', failed: false };
}

/** What was asked to happen after so many tokens. A cut, a stall and an error event are the last step. */
function* faultAfter(sent: number, { ending, malformedAfterTokens }: Scenario): Generator<StreamStep, void> {
  if (malformedAfterTokens === sent) yield { kind: 'write', text: MALFORMED_EVENT, tokens: 0 };
  if (ending.kind === 'finish' || ending.afterTokens !== sent) return;
  switch (ending.kind) {
    case 'cut':
    case 'stall':
      yield { kind: ending.kind };
      return;
    case 'error-event':
      yield { kind: 'write', text: ERROR_EVENT, tokens: 0 };
      yield { kind: 'end', failed: true };
  }
}
