import { describe, expect, it } from '@jest/globals';
import { topics } from '@apilink/contracts';
import { TEST_TIME, testUuid, usageFinal } from '@apilink/testing';

import { decodeEvent, encodeEvent, encodeTombstone } from './event-codec.js';
import type { LoggedEvent, OutgoingEvent } from './event-log.js';

const envelope = { key: 'acc', id: testUuid(1), source: 'edge-proxy', time: TEST_TIME };
const logged = (event: OutgoingEvent, changes: Partial<LoggedEvent> = {}): LoggedEvent => ({
  ...event,
  partition: 3,
  offset: 7n,
  ...changes,
});
const final = encodeEvent(topics.usage, { ...envelope, type: 'usage.final', body: usageFinal() });

describe('encodeEvent', () => {
  it('writes ids and amounts as the wire has them, never as JSON numbers', () => {
    expect(final).toMatchObject({ ...envelope, topic: 'apilink.usage.v1', type: 'usage.final' });
    expect(JSON.parse(final.body ?? '')).toMatchObject({
      accountId: expect.stringMatching(/^acc_/),
      chargeNanoUsd: '2000000',
      openedAt: '2026-11-22T08:00:00.000Z',
    });
    expect(final).not.toHaveProperty('traceparent');
  });

  it('refuses a body that breaks its schema, so that it reaches no consumer', () => {
    const body = { ...usageFinal(), chargeNanoUsd: -1n };
    expect(() => encodeEvent(topics.usage, { ...envelope, type: 'usage.final', body })).toThrow('chargeNanoUsd');
  });
});

describe('decodeEvent', () => {
  it('reads back what was written, typed by the event', () => {
    const decoded = decodeEvent(topics.usage, logged(final));
    if (decoded.outcome !== 'event' || decoded.type !== 'usage.final') throw new Error('not read');
    expect(decoded.body).toEqual(usageFinal());
    expect(decoded.body.chargeNanoUsd).toBe(2_000_000n);
  });

  it('ignores fields of a newer version', () => {
    const body = JSON.stringify({ ...JSON.parse(final.body ?? ''), addedLater: true });
    expect(decodeEvent(topics.usage, logged(final, { body })).outcome).toBe('event');
  });

  it('tells a tombstone from an event', () => {
    const removed = encodeTombstone(topics.routing, { ...envelope, type: 'model.published' });
    expect(decodeEvent(topics.routing, logged(removed))).toEqual({ outcome: 'tombstone' });
  });

  it.each([
    ['unknown_type', { type: 'usage.guessed' }, 'unknown_type: apilink.usage.v1 has no event usage.guessed'],
    ['unknown_type', { type: 'constructor' }, 'unknown_type: apilink.usage.v1 has no event constructor'],
    ['invalid_json', { body: '{"secret": nope' }, 'invalid_json: the body is not JSON'],
    ['invalid_json', { body: '' }, 'invalid_json: the body is not JSON'],
    ['invalid_body', { body: '[]' }, /^invalid_body: body: /],
  ])('makes a dead letter with the reason %s of %j, without quoting the body', (code, changes, reason) => {
    const event = logged(final, changes);
    const decoded = decodeEvent(topics.usage, event);
    if (decoded.outcome !== 'unreadable') throw new Error('was read');
    expect(decoded.code).toBe(code);
    expect(decoded.poison.event).toBe(event);
    expect(decoded.poison.reason).toMatch(reason);
    expect(decoded.poison.reason).not.toContain('secret');
  });

  it('names the field that broke the schema', () => {
    const body = JSON.stringify({ ...JSON.parse(final.body ?? ''), chargeNanoUsd: 5 });
    const decoded = decodeEvent(topics.usage, logged(final, { body }));
    if (decoded.outcome !== 'unreadable') throw new Error('was read');
    expect(decoded.poison.reason).toMatch(/^invalid_body: chargeNanoUsd: /);
  });
});
