import type { Outcome } from '@apilink/contracts';

import { unexpected } from '../invariant.errors.js';

/**
 * How far an admitted request has come, and how it ended: the one place where an outcome of docs/money.md is decided.
 * Everything that happens to a request is told here as an event, in the order in which the event loop saw it.
 */
export type Progress =
  { readonly phase: Phase; readonly finishReason: string | null; readonly clientClosed: ClientClose | null } | Ended;

/**
 * `admitted`: no byte went upstream. `sent`: the request went out, not one byte of an answer came from any upstream.
 * `heard`: an answer has begun. `content`: tokens were produced. `finishing`: the upstream told its finish reason and
 * only its usage is awaited.
 */
export type Phase = 'admitted' | 'sent' | 'heard' | 'content' | 'finishing';

export interface Ended {
  readonly phase: 'ended';
  readonly outcome: Outcome;
  /** For the receipt; null when the outcome says it all. */
  readonly reason: string | null;
  readonly finishReason: string | null;
  /** The phase the request was in when it ended. */
  readonly from: Phase;
}

export interface ClientClose {
  /** The deadline of the endpoint tried last had passed when the client closed. */
  readonly deadlinePassed: boolean;
}

export type ProgressEvent =
  | { readonly kind: 'sent' }
  /** The first byte of an answer, error answers not counted. */
  | { readonly kind: 'answer_begun' }
  | { readonly kind: 'content' }
  /** Every choice has its finish reason. */
  | { readonly kind: 'finish_reason'; readonly reason: string }
  /** Another choice began after those before it had ended. */
  | { readonly kind: 'reopened' }
  /** The upstream's terminal event, its end after a finish reason, or the end of the wait for its usage. */
  | { readonly kind: 'terminal'; readonly isEmpty: boolean }
  | { readonly kind: 'upstream_refused'; readonly reason: string }
  /** No endpoint is left to try and nothing was produced. */
  | { readonly kind: 'attempts_failed'; readonly reason: string }
  /** Error or stall after content. */
  | { readonly kind: 'upstream_broke'; readonly reason: string }
  | { readonly kind: 'client_closed'; readonly deadlinePassed: boolean }
  /** The event-loop turn in which the client closed is over: whatever the upstream said in that turn was seen. */
  | { readonly kind: 'turn_ended' }
  | { readonly kind: 'reader_stalled' }
  | { readonly kind: 'growth_refused' }
  /** Our deadline, our drain, or a hold that the gate has ended. */
  | { readonly kind: 'gateway_aborted'; readonly reason: string };

export const admitted: Progress = { phase: 'admitted', finishReason: null, clientClosed: null };

type Running = Exclude<Progress, Ended>;

/** What the event makes of the request; an ended request stays as it ended, whatever is told afterwards. */
export function progressAfter(progress: Progress, event: ProgressEvent): Progress {
  if (progress.phase === 'ended') return progress;
  switch (event.kind) {
    case 'sent':
      return progress.phase === 'admitted' ? { ...progress, phase: 'sent' } : progress;
    case 'answer_begun':
      return isBefore(progress.phase, 'heard') ? { ...progress, phase: 'heard' } : progress;
    case 'content':
      return isBefore(progress.phase, 'content') ? { ...progress, phase: 'content' } : progress;
    case 'finish_reason':
      return { ...progress, phase: 'finishing', finishReason: event.reason };
    case 'reopened':
      return progress.phase === 'finishing' ? { ...progress, phase: 'content', finishReason: null } : progress;
    case 'terminal':
      return ended(progress, terminalOutcome(progress, event.isEmpty), null);
    case 'upstream_refused':
      return isBefore(progress.phase, 'content')
        ? ended(progress, 'rejected', event.reason)
        : ended(progress, 'upstream_error_partial', event.reason);
    case 'attempts_failed':
      return afterFailedAttempts(progress, event.reason);
    case 'upstream_broke':
      return afterBreak(progress, event.reason);
    case 'client_closed':
      return progress.clientClosed === null
        ? { ...progress, clientClosed: { deadlinePassed: event.deadlinePassed } }
        : progress;
    case 'turn_ended':
      return progress.clientClosed === null ? progress : afterClientClose(progress, progress.clientClosed);
    case 'reader_stalled':
      return progress.phase === 'finishing' ? progress : ended(progress, 'slow_reader', null);
    case 'growth_refused':
      return progress.phase === 'finishing' ? progress : ended(progress, 'hold_exhausted', null);
    case 'gateway_aborted':
      return progress.phase === 'finishing'
        ? ended(progress, terminalOutcome(progress, false), null)
        : ended(progress, 'gateway_abort', event.reason);
    default:
      throw unexpected(event);
  }
}

const order: Readonly<Record<Phase, number>> = { admitted: 0, sent: 1, heard: 2, content: 3, finishing: 4 };

function isBefore(phase: Phase, limit: Phase): boolean {
  return order[phase] < order[limit];
}

function ended(progress: Running, outcome: Outcome, reason: string | null): Ended {
  return { phase: 'ended', outcome, reason, finishReason: progress.finishReason, from: progress.phase };
}

/** `isEmpty`: 0 output tokens and no finish reason. */
function terminalOutcome(progress: Running, isEmpty: boolean): Outcome {
  return isEmpty || progress.finishReason === 'error' ? 'empty_completion' : 'completed';
}

function afterFailedAttempts(progress: Running, reason: string): Ended {
  switch (progress.phase) {
    case 'admitted':
      return ended(progress, 'void_before_dispatch', reason);
    case 'sent':
    case 'heard':
      return ended(progress, 'upstream_error_no_output', reason);
    case 'content':
      return ended(progress, 'upstream_error_partial', reason);
    case 'finishing':
      return ended(progress, 'completed', null);
    default:
      throw unexpected(progress.phase);
  }
}

function afterBreak(progress: Running, reason: string): Ended {
  switch (progress.phase) {
    case 'admitted':
    case 'sent':
    case 'heard':
      return ended(progress, 'upstream_error_no_output', reason);
    case 'content':
      return ended(progress, 'upstream_error_partial', reason);
    case 'finishing':
      // The answer is whole: the upstream said how it ends and broke off before its usage.
      return ended(progress, terminalOutcome(progress, false), null);
    default:
      throw unexpected(progress.phase);
  }
}

function afterClientClose(progress: Running, close: ClientClose): Progress {
  switch (progress.phase) {
    case 'admitted':
      return ended(progress, 'void_before_dispatch', 'the client closed before dispatch');
    case 'sent':
      return close.deadlinePassed
        ? ended(progress, 'abandoned_late', 'no provider answered in time and the client closed')
        : ended(progress, 'client_disconnect', 'the client closed before the answer began');
    case 'heard':
    case 'content':
      return ended(progress, 'client_disconnect', 'the client closed before the answer was finished');
    case 'finishing':
      // The upstream finished first; its usage is drained although nobody listens.
      return progress;
    default:
      throw unexpected(progress.phase);
  }
}

/** Nothing, the metered cost up to the final hold, or the whole final hold. */
export type ChargeBasis = 'nothing' | 'metered' | 'hold';

/** What a generation of each outcome costs (docs/money.md, Outcome of a request). */
export const chargeBasis: Readonly<Record<Outcome, ChargeBasis>> = {
  rejected: 'nothing',
  void_before_dispatch: 'nothing',
  completed: 'metered',
  hold_exhausted: 'metered',
  client_disconnect: 'hold',
  abandoned_late: 'nothing',
  slow_reader: 'metered',
  upstream_error_no_output: 'nothing',
  upstream_error_partial: 'metered',
  gateway_abort: 'metered',
  expired: 'nothing',
  empty_completion: 'nothing',
};

/** The target of `resize(final)`: what will be charged, where balance and caps afford it. */
export function finalTarget(outcome: Outcome, meteredNanoUsd: bigint, heldNanoUsd: bigint): bigint {
  if (chargeBasis[outcome] === 'nothing') return 0n;
  if (chargeBasis[outcome] === 'metered') return meteredNanoUsd;
  return meteredNanoUsd > heldNanoUsd ? meteredNanoUsd : heldNanoUsd;
}

/** The charge, never above the hold as the gate last confirmed it. */
export function chargeOf(outcome: Outcome, meteredNanoUsd: bigint, finalHoldNanoUsd: bigint): bigint {
  if (chargeBasis[outcome] === 'nothing') return 0n;
  if (chargeBasis[outcome] === 'hold') return finalHoldNanoUsd;
  return meteredNanoUsd < finalHoldNanoUsd ? meteredNanoUsd : finalHoldNanoUsd;
}
