import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { ChatStreamMeter, type ChatStreamOptions } from './chat-stream-meter.js';
import {
  choice,
  chunk,
  done,
  event,
  finish,
  options,
  play,
  recorded,
  text,
  usageChunk,
  type Played,
} from './sample-stream.js';

const hostile = [
  ': first\n\n',
  text('你好, "wörld"\n\\ 😀'),
  text('又'),
  text('又一'),
  'event: message\n' + text('named'),
  'event: message\n' + text('named again'),
  event('{"broken'),
  chunk(choice('"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"f","arguments":""}}]')),
  chunk(choice('"tool_calls":[{"index":0,"function":{"arguments":"{\\"a\\""}}]')),
  chunk(choice('"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]')),
  'id: 7\nretry: 10\n\n',
  text('x'.repeat(300)),
  text('\\u0041'),
  finish,
  ': late\n\n',
  usageChunk,
  done,
].join('');

const streams = new Map([
  ...['chat-text', 'chat-reasoning_content', 'chat-tool_call', 'chat-error-midstream'].map((name): [string, string] => [
    name,
    recorded(name).toString(),
  ]),
  ['hostile', hostile],
]);
const lineEnds = new Map([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
]);

function factsOf({ meter, all }: Played): unknown {
  const { phase, usage, finishReason, failure, outputTokens, malformedEvents, isEmpty, id } = meter;
  return { all, phase, usage, finishReason, failure, outputTokens, malformedEvents, isEmpty, id };
}

function variant(stream: string, lineEnd: string): Buffer {
  return Buffer.from(stream.replaceAll('\n', lineEnd));
}

const variants = [...streams].flatMap(([name, stream]) =>
  [...lineEnds].flatMap(([ending, lineEnd]) =>
    [null, 'public/model'].map((model): [string, string, string | null, Buffer] => [
      name,
      ending,
      model,
      variant(stream, lineEnd),
    ]),
  ),
);

/** With line feeds alone. */
function normal(played: Played | undefined): string | undefined {
  return played?.all.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
}

describe('a stream cut into chunks', () => {
  it.each(variants)('%s with %s, model %s: is the same cut in two at any byte', (_name, _ending, model, bytes) => {
    const change: Partial<ChatStreamOptions> = { model };
    const whole = JSON.stringify(factsOf(play([bytes], change)));
    const different: number[] = [];
    for (let at = 1; at < bytes.length; at += bytes.length > 2000 ? 3 : 1) {
      const cut = JSON.stringify(factsOf(play([bytes.subarray(0, at), bytes.subarray(at)], change)));
      if (cut !== whole) different.push(at);
    }
    expect(different).toEqual([]);
  });

  it.each(variants)('%s with %s, model %s: is the same byte by byte', (_name, _ending, model, bytes) => {
    const pieces = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
    expect(factsOf(play(pieces, { model }))).toEqual(factsOf(play([bytes], { model })));
  });

  it('is the same in any pieces', () => {
    const cuts = fc.array(fc.nat({ max: hostile.length }), { maxLength: 30 });
    fc.assert(
      fc.property(fc.constantFrom(...variants), cuts, fc.boolean(), ([, , model, bytes], places, includeUsage) => {
        const stops = [0, ...places.toSorted((one, other) => one - other), bytes.length];
        const pieces = stops.slice(1).map((stop, index) => bytes.subarray(stops[index], stop));
        expect(factsOf(play(pieces, { model, includeUsage }))).toEqual(factsOf(play([bytes], { model, includeUsage })));
      }),
    );
  });

  it('says the same to a client with every kind of line end', () => {
    for (const stream of streams.values()) {
      const [lf, crlf, cr] = [...lineEnds.values()].map((lineEnd) => play([variant(stream, lineEnd)]));
      expect(normal(crlf)).toBe(normal(lf));
      expect(normal(cr)).toBe(normal(lf));
    }
  });

  it('reads a stream behind a byte order mark', () => {
    const mark = Buffer.from([0xef, 0xbb, 0xbf]);
    const stream = recorded('chat-text');
    const plain = factsOf(play([stream]));
    expect(factsOf(play([mark, stream]))).toEqual(plain);
    expect(factsOf(play([Buffer.concat([mark, stream])]))).toEqual(plain);
    expect(factsOf(play([mark.subarray(0, 1), mark.subarray(1), stream]))).toEqual(plain);
  });

  it('forwards what JSON.parse accepts and skips what it refuses, whether parsed or matched by shape', () => {
    const bodies = fc.array(
      fc.oneof(fc.string(), fc.constantFrom('\\n', '\\u00e9', '\\x', '\\u12', '\\', '"', '\t', '\\"')),
      {
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(fc.array(bodies, { minLength: 1, maxLength: 6 }), (texts) => {
        const events = texts.map((parts) => chunk(choice(`"content":"${parts.join('')}"`)));
        const valid = events.filter((sse) => isJson(sse.slice('data: '.length)));
        const { running } = play([text('first') + text('second') + events.join('')]);
        expect(running).toBe(text('first') + text('second') + valid.join(''));
      }),
      { numRuns: 1000 },
    );
  });

  it('takes thousands of tiny events and one of a megabyte', () => {
    const tiny = text('a').repeat(5000);
    const huge = text('b'.repeat(1024 * 1024));
    const { running, meter } = play([tiny, huge.slice(0, 70_000), huge.slice(70_000), tiny]);
    expect(running).toBe(tiny + huge + tiny);
    expect(meter.phase).toBe('cut');
  });

  it('takes an event of a megabyte that comes in pieces of three bytes in linear time', () => {
    const meter = new ChatStreamMeter(options);
    const bytes = Buffer.from(text('b'.repeat(1024 * 1024)));
    const { user: before } = process.cpuUsage();
    let forwarded = 0;
    for (let at = 0; at < bytes.length; at += 3) forwarded += meter.feed(bytes.subarray(at, at + 3))?.length ?? 0;
    expect(forwarded).toBe(bytes.length);
    expect(process.cpuUsage().user - before).toBeLessThan(5_000_000);
  });
});

function isJson(document: string): boolean {
  try {
    JSON.parse(document);
    return true;
  } catch {
    return false;
  }
}
