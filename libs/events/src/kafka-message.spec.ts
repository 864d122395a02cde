import { describe, expect, it } from '@jest/globals';

import { event } from './event-log.contract-recorder.js';
import type { OutgoingEvent } from './event-log.js';
import { fromRecord, messageBytes, toMessage } from './kafka-message.js';

const TIME = Date.UTC(2026, 10, 22, 8, 0, 0, 7);
const usage = event({
  topic: 'usage.v1',
  key: 'acc_1',
  id: 'id-1',
  type: 'usage.final',
  source: 'edge-proxy',
  time: TIME,
  body: '{"text":"发票"}',
});

/** What a broker makes of a message: everything becomes bytes. */
function record(original: OutgoingEvent) {
  const { key, value, headers = {} } = toMessage(original);
  const bytes = Object.entries(headers).map(([name, text]) => [name, Buffer.from(String(text))] as const);
  return {
    key: key === undefined || key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    offset: '9223372036854775807',
    timestamp: '5',
    headers: Object.fromEntries(bytes),
  };
}

describe('events as messages of Kafka', () => {
  it('are CloudEvents in binary mode', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect(toMessage({ ...usage, traceparent, headers: { kept: 'yes' } })).toEqual({
      key: 'acc_1',
      value: '{"text":"发票"}',
      headers: {
        ce_specversion: '1.0',
        ce_id: 'id-1',
        ce_type: 'usage.final',
        ce_source: 'edge-proxy',
        ce_time: '2026-11-22T08:00:00.007Z',
        'content-type': 'application/json',
        traceparent,
        kept: 'yes',
      },
    });
  });

  it('are kept from when they were published, not from when they happened', () => {
    expect(toMessage(usage)).not.toHaveProperty('timestamp');
  });

  it.each([
    usage,
    { ...usage, body: null },
    { ...usage, traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', headers: { note: 'ü "q" \\' } },
  ])('come back as they were published', (original) => {
    expect(fromRecord('usage.v1', 3, record(original))).toEqual({ ...original, partition: 3, offset: 2n ** 63n - 1n });
  });

  it('can be read whoever wrote them, as an event that no schema knows', () => {
    const foreign = { key: null, value: Buffer.from('x'), offset: '4', timestamp: '1700000000000' };
    expect(fromRecord('usage.v1', 0, foreign)).toEqual({
      topic: 'usage.v1',
      partition: 0,
      offset: 4n,
      key: '',
      id: '',
      type: '',
      source: '',
      time: 1_700_000_000_000,
      body: 'x',
    });
    const twice = { ...foreign, headers: { ce_id: [Buffer.from('first'), 'second'], ce_time: 'yesterday' } };
    expect(fromRecord('usage.v1', 0, twice)).toMatchObject({ id: 'first', time: 1_700_000_000_000 });
  });

  it('are counted with every byte of key, body and headers', () => {
    expect(messageBytes({ ...usage, body: '票'.repeat(1_000) })).toBeGreaterThan(3_000);
    expect(messageBytes({ ...usage, headers: { dlq_error: 'x'.repeat(1_000) } })).toBeGreaterThan(1_000);
  });
});
