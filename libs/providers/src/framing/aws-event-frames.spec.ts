import { describe, expect, it } from '@jest/globals';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import * as fc from 'fast-check';

import { AwsEventFrames, BrokenFrameError } from './aws-event-frames.js';

const codec = new EventStreamCodec(toUtf8, fromUtf8);

function frame(headers: Record<string, string>, payload: object): Buffer {
  const typed = Object.entries(headers).map(([name, value]) => [`:${name}`, { type: 'string', value }] as const);
  return Buffer.from(codec.encode({ headers: Object.fromEntries(typed), body: fromUtf8(JSON.stringify(payload)) }));
}

function event(type: string, payload: object): Buffer {
  return frame({ 'message-type': 'event', 'event-type': type, 'content-type': 'application/json' }, payload);
}

function chunk(document: object): Buffer {
  return event('chunk', { bytes: Buffer.from(JSON.stringify(document)).toString('base64'), p: 'abc' });
}

const stream = Buffer.concat([
  event('messageStart', { role: 'assistant' }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: '你好 😀' } }),
  chunk({ type: 'content_block_stop', index: 0 }),
  frame({ 'message-type': 'exception', 'exception-type': 'throttlingException' }, { message: 'Too many requests' }),
]);
const expected =
  'event: messageStart\ndata: {"role":"assistant"}\n\n' +
  'event: contentBlockDelta\ndata: {"contentBlockIndex":0,"delta":{"text":"你好 😀"}}\n\n' +
  'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n' +
  'event: error\ndata: {"type":"error","error":{"type":"rate_limit_error","message":"Too many requests"}}\n\n';

function told(reads: readonly Buffer[]): string {
  const frames = new AwsEventFrames();
  const out = reads.map((read) => frames.take(read)).filter((bytes) => bytes !== null);
  expect(frames.isInside).toBe(false);
  return Buffer.concat(out).toString();
}

describe('AwsEventFrames', () => {
  it('gives events of Converse by their names, those of Anthropic out of their base64, exceptions as errors', () => {
    expect(told([stream])).toBe(expected);
  });

  it('gives the same wherever the stream was cut into reads', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
        const places = [0, ...cuts.toSorted((one, other) => one - other), stream.length];
        const reads = places.slice(1).map((end, index) => stream.subarray(places[index] ?? 0, end));
        expect(told(reads)).toBe(expected);
      }),
    );
    expect(told([...stream].map((byte) => Buffer.from([byte])))).toBe(expected);
  });

  it('believes no message whose checksum or length is wrong', () => {
    const broken = Buffer.from(stream);
    broken[40] = (broken[40] ?? 0) ^ 1;
    expect(() => new AwsEventFrames().take(broken)).toThrow(BrokenFrameError);
    expect(() => new AwsEventFrames().take(Buffer.from([0x7f, 0xff, 0xff, 0xff]))).toThrow(BrokenFrameError);
    expect(() => new AwsEventFrames().take(Buffer.from('HTTP'))).toThrow(BrokenFrameError);
    expect(() => new AwsEventFrames().take(Buffer.alloc(8))).toThrow(BrokenFrameError);
  });
});
