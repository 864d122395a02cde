import type { Scenario } from '../scenario/scenario.domain.js';
import type { Speech } from './turn-dialect.domain.js';
import type { TurnPlan } from './turn-plan.domain.js';

/** One step of a stream. `tokens` = how many tokens the text carries: they are paced, the rest goes at once. */
export type StreamStep =
  | { readonly kind: 'write'; readonly text: string; readonly tokens: number }
  /** The socket is destroyed without an end. */
  | { readonly kind: 'cut' }
  /** Nothing more comes, the socket stays open. */
  | { readonly kind: 'stall' }
  /** A regular end of the body; `failed` when an error event was the last. */
  | { readonly kind: 'end'; readonly failed: boolean };

const free = (text: string): StreamStep => ({ kind: 'write', text, tokens: 0 });

/** All steps of a streamed answer, faults included. */
export function* streamSteps(plan: TurnPlan, speech: Speech, scenario: Scenario): Generator<StreamStep, void> {
  let sent = 0;
  let closed = false;
  for (const { text, phase, ofFirstChoice } of speech.pieces(plan)) {
    if (!closed && ofFirstChoice) {
      yield* faultAfter(sent, scenario, () => speech.errorEvent(plan), speech.malformedEvent);
      closed = phase === 'closing';
      sent++;
    }
    yield { kind: 'write', text, tokens: phase === 'token' ? 1 : 0 };
  }
  yield { kind: 'end', failed: false };
}

/** What was asked to happen after so many tokens. A cut, a stall and an error event are the last step. */
function* faultAfter(
  sent: number,
  { ending, malformedAfterTokens }: Scenario,
  errorEvent: () => string,
  malformedEvent: string,
): Generator<StreamStep, void> {
  if (malformedAfterTokens === sent) yield free(malformedEvent);
  if (ending.kind === 'finish' || ending.afterTokens !== sent) return;
  switch (ending.kind) {
    case 'cut':
    case 'stall':
      yield { kind: ending.kind };
      return;
    case 'error-event':
      yield free(errorEvent());
      yield { kind: 'end', failed: true };
  }
}
