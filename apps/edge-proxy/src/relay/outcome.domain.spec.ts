import { describe, expect, it } from '@jest/globals';

import {
  admitted,
  chargeBasis,
  chargeOf,
  finalTarget,
  progressAfter,
  type Progress,
  type ProgressEvent,
} from './outcome.domain.js';

const closed = (deadlinePassed = false): ProgressEvent[] => [
  { kind: 'client_closed', deadlinePassed },
  { kind: 'turn_ended' },
];
const sent: ProgressEvent = { kind: 'sent' };
const begun: ProgressEvent = { kind: 'answer_begun' };
const content: ProgressEvent = { kind: 'content' };
const stop: ProgressEvent = { kind: 'finish_reason', reason: 'stop' };
const terminal: ProgressEvent = { kind: 'terminal', isEmpty: false };
const failed: ProgressEvent = { kind: 'attempts_failed', reason: 'x' };
const broke: ProgressEvent = { kind: 'upstream_broke', reason: 'x' };
const drained: ProgressEvent = { kind: 'gateway_aborted', reason: 'x' };

function play(...events: ProgressEvent[]): Progress {
  return events.reduce(progressAfter, admitted);
}

function outcome(...events: ProgressEvent[]): string {
  const progress = play(...events);
  return progress.phase === 'ended' ? progress.outcome : 'running';
}

describe('outcome of a request', () => {
  it.each<[string, string, ProgressEvent[]]>([
    ['the client closes before dispatch', 'void_before_dispatch', closed()],
    ['no endpoint can be reached', 'void_before_dispatch', [failed]],
    ['the upstream refuses the request', 'rejected', [sent, { kind: 'upstream_refused', reason: 'x' }]],
    ['every attempt fails before content', 'upstream_error_no_output', [sent, failed]],
    ['an answer begins and fails before content', 'upstream_error_no_output', [sent, begun, failed]],
    ['the client closes after dispatch', 'client_disconnect', [sent, ...closed()]],
    ['the client closes late, nothing came', 'abandoned_late', [sent, ...closed(true)]],
    ['the client closes late, but an answer had begun', 'client_disconnect', [sent, begun, ...closed(true)]],
    ['the client closes in mid-stream', 'client_disconnect', [sent, begun, content, ...closed()]],
    ['the upstream breaks after content', 'upstream_error_partial', [sent, begun, content, broke]],
    ['the reader stands still', 'slow_reader', [sent, begun, content, { kind: 'reader_stalled' }]],
    ['growth is refused', 'hold_exhausted', [sent, begun, content, { kind: 'growth_refused' }]],
    ['we cut a running answer', 'gateway_abort', [sent, begun, content, drained]],
    ['the upstream finishes', 'completed', [sent, begun, content, stop, terminal]],
    ['a terminal event comes without a finish reason', 'completed', [sent, begun, content, terminal]],
    ['an empty answer comes', 'empty_completion', [sent, begun, { kind: 'terminal', isEmpty: true }]],
    [
      'the upstream finishes with an error',
      'empty_completion',
      [sent, begun, content, { kind: 'finish_reason', reason: 'error' }, terminal],
    ],
  ])('%s: %s', (_condition, expected, events) => {
    expect(outcome(...events)).toBe(expected);
  });

  it('completes when the upstream finished first, whatever comes while its usage is drained', () => {
    const finishing = [sent, begun, content, stop];
    expect(outcome(...finishing, ...closed())).toBe('running');
    expect(outcome(...finishing, ...closed(), terminal)).toBe('completed');
    expect(outcome(...finishing, broke)).toBe('completed');
    expect(outcome(...finishing, drained)).toBe('completed');
    expect(outcome(...finishing, { kind: 'reader_stalled' })).toBe('running');
    expect(outcome(...finishing, { kind: 'growth_refused' })).toBe('running');
  });

  it('completes when client and upstream end in one turn of the event loop, in either order', () => {
    const close: ProgressEvent = { kind: 'client_closed', deadlinePassed: false };
    const turn: ProgressEvent = { kind: 'turn_ended' };
    expect(outcome(sent, begun, content, close, stop, terminal, turn)).toBe('completed');
    expect(outcome(sent, begun, content, stop, terminal, close, turn)).toBe('completed');
    expect(outcome(sent, begun, content, close, stop, turn, terminal)).toBe('completed');
  });

  it('runs on when another choice begins after the first had ended', () => {
    const reopened: ProgressEvent = { kind: 'reopened' };
    const running = [sent, begun, content, stop, reopened];
    expect(play(...running)).toMatchObject({ phase: 'content', finishReason: null });
    expect(outcome(...running, ...closed())).toBe('client_disconnect');
    expect(outcome(...running, broke)).toBe('upstream_error_partial');
    expect(outcome(...running, stop, terminal)).toBe('completed');
    expect(play(sent, begun, content, reopened)).toMatchObject({ phase: 'content' });
  });

  it('ends as the upstream ended when the last attempt fails in the turn in which the client closes', () => {
    const close: ProgressEvent = { kind: 'client_closed', deadlinePassed: false };
    expect(outcome(sent, close, failed, { kind: 'turn_ended' })).toBe('upstream_error_no_output');
  });

  it('never changes an outcome once it is decided', () => {
    const ended = play(sent, begun, content, ...closed());
    for (const event of [terminal, stop, drained, broke, failed, ...closed(true)]) {
      expect(progressAfter(ended, event)).toBe(ended);
    }
  });
});

describe('charge of an outcome', () => {
  it('charges the full hold for a disconnect, grown to what was metered', () => {
    expect(finalTarget('client_disconnect', 30n, 50n)).toBe(50n);
    expect(finalTarget('client_disconnect', 70n, 50n)).toBe(70n);
    expect(chargeOf('client_disconnect', 30n, 50n)).toBe(50n);
  });

  it('charges what was metered, at most the final hold', () => {
    expect(finalTarget('completed', 30n, 50n)).toBe(30n);
    expect(chargeOf('completed', 30n, 30n)).toBe(30n);
    expect(chargeOf('upstream_error_partial', 80n, 50n)).toBe(50n);
  });

  it.each([
    'rejected',
    'void_before_dispatch',
    'abandoned_late',
    'upstream_error_no_output',
    'expired',
    'empty_completion',
  ] as const)('charges nothing for %s', (free) => {
    expect(chargeBasis[free]).toBe('nothing');
    expect(finalTarget(free, 30n, 50n)).toBe(0n);
    expect(chargeOf(free, 30n, 50n)).toBe(0n);
  });
});
