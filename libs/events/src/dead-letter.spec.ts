import { describe, expect, it } from '@jest/globals';

import { deadLetterHeader, deadLetterOf, readDeadLetter, replayOf } from './dead-letter.js';
import { event } from './event-log.contract-recorder.js';
import type { LoggedEvent } from './event-log.js';

const DIED_AT = Date.UTC(2026, 10, 22, 8, 0, 0, 7);
const original: LoggedEvent = {
  ...event({ topic: 'usage.v1', id: 'bad', headers: { kept: 'yes' }, body: '{"broken' }),
  partition: 5,
  offset: 2n ** 60n,
};
const letter = (reason: string): LoggedEvent => ({
  ...deadLetterOf({ event: original, reason }, { group: 'billing', attempts: 3, at: DIED_AT }),
  partition: 1,
  offset: 0n,
});

describe('dead letters', () => {
  it('say where they came from, whose they are and why', () => {
    expect(letter('no account')).toMatchObject({ topic: 'usage.v1.dlq', id: 'bad', key: 'alpha', body: '{"broken' });
    expect(readDeadLetter(letter('no account'))).toEqual({
      error: 'no account',
      group: 'billing',
      topic: 'usage.v1',
      partition: 5,
      offset: 2n ** 60n,
      attempts: 3,
      diedAt: DIED_AT,
    });
  });

  it('carry a reason that every log and terminal can take', () => {
    const { error } = readDeadLetter(letter(`line\u0000 one\n\u001b[31m${'x'.repeat(5_000)}`)) ?? { error: '' };
    expect(error).toMatch(/^line  one \[31mx+$/);
    expect(error).toHaveLength(1_000);
  });

  it('become the original event again when they are replayed', () => {
    const { partition: _partition, offset: _offset, ...published } = original;
    expect(replayOf(letter('no account'))).toEqual(published);
  });

  it.each([undefined, 'yesterday'])('died when their event happened, where nobody tells better (%s)', (at) => {
    const { headers = {}, ...rest } = letter('no account');
    const { [deadLetterHeader.diedAt]: _diedAt, ...others } = headers;
    const told = at === undefined ? others : { ...others, [deadLetterHeader.diedAt]: at };
    expect(readDeadLetter({ ...rest, headers: told })?.diedAt).toBe(original.time);
  });

  it('are not seen in an event that is none', () => {
    expect(readDeadLetter(original)).toBeNull();
    expect(replayOf(original)).toBeNull();
  });
});
