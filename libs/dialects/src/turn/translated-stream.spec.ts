import { describe, expect, it } from '@jest/globals';

import { emptyUsage } from '@apilink/pricing';

import { isRecord, parsedJson } from '../json/records.js';
import { TranslatedStream } from './translated-stream.js';
import type { TurnStreamWriter } from './turn-dialect.js';
import type { StreamEvent, TurnEvent, TurnStreamReader } from './turn-event.js';

const closing = {
  usage: emptyUsage,
  cost: { totalNanoUsd: 0n, cachePremiumAbsorbedNanoUsd: 0n, promptNanoUsd: 0n, completionsNanoUsd: 0n },
};

/** Takes the events that a test wrote into the data; `usage` is told by an object of that name. */
class ScriptReader implements TurnStreamReader {
  usage: TurnStreamReader['usage'] = { usage: null, problem: null, serviceTier: null };

  constructor(private readonly script: ReadonlyMap<string, readonly TurnEvent[]>) {}

  read({ data }: StreamEvent): readonly TurnEvent[] | null {
    const document = parsedJson(data);
    if (!isRecord(document)) return null;
    if (typeof document['usage'] === 'number') {
      const usage = { ...emptyUsage, output: document['usage'], requests: 1 };
      this.usage = { usage, problem: null, serviceTier: 'flex' };
    }
    return this.script.get(String(document['say'])) ?? [];
  }

  end(): readonly TurnEvent[] {
    return [];
  }
}

/** Writes the kind of each event on a line of its own. */
class KindWriter implements TurnStreamWriter {
  write(event: TurnEvent): Buffer | null {
    return event.kind === 'begun' ? null : Buffer.from(`${event.kind}\n`);
  }

  finish(_closing: unknown, { forced }: { readonly forced: string | null }): Buffer {
    return Buffer.from(`end ${forced ?? 'natural'}\n`);
  }
}

const begin: TurnEvent = { kind: 'part_begun', choice: 0, part: 0, is: { type: 'text' } };
const say: TurnEvent = { kind: 'delta', choice: 0, part: 0, text: 'hello', logprobs: [] };
const stop: TurnEvent = { kind: 'finish', choice: 0, reason: 'stop', stopSequence: null };
const end: TurnEvent = { kind: 'part_ended', choice: 0, part: 0 };
const call: TurnEvent = {
  kind: 'part_begun',
  choice: 0,
  part: 1,
  is: { type: 'tool_call', callId: 'c', name: 'f', namespace: null, form: 'function', id: null },
};
const failure = { message: 'gone', type: 'overloaded', code: null };
const words = new Map<string, readonly TurnEvent[]>([
  ['begun', [{ kind: 'begun', id: 'u', createdSeconds: 1, model: 'm' }]],
  ['begin', [begin]],
  ['say', [say]],
  ['end', [end]],
  ['stop', [end, stop]],
  ['call', [call]],
  ['arguments', [{ kind: 'delta', choice: 0, part: 1, text: '{}', logprobs: [] }]],
  ['fail', [{ kind: 'failed', failure }]],
  ['over', [{ kind: 'over' }]],
]);

function opened(): TranslatedStream {
  return new TranslatedStream(new ScriptReader(words), new KindWriter());
}

function sse(document: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(document)}\n\n`);
}

/** What the client has, after each of these was told. */
function told(stream: TranslatedStream, ...script: readonly (string | number)[]): string {
  const bytes = script.map((word) => stream.feed(sse(typeof word === 'number' ? { usage: word } : { say: word })));
  return Buffer.concat(bytes.filter((read) => read !== null)).toString();
}

describe('TranslatedStream', () => {
  it('tells a client nothing before there is content, so that another endpoint may still answer', () => {
    const stream = opened();
    expect(told(stream, 'begun', 'begin')).toBe('');
    expect(stream.phase).toBe('waiting');
    expect(told(stream, 'say')).toBe('part_begun\ndelta\n');
    expect(stream.phase).toBe('content');
  });

  it('is complete when the usage comes, before or behind the finish', () => {
    const before = opened();
    told(before, 'begin', 'say', 5, 'stop');
    expect(before.phase).toBe('complete');
    const behind = opened();
    told(behind, 'begin', 'say', 'stop');
    expect(behind.phase).toBe('finishing');
    told(behind, 7);
    expect(behind).toMatchObject({
      phase: 'complete',
      usage: { output: 7 },
      serviceTier: 'flex',
      finishReason: 'stop',
    });
    expect(behind.finish(closing).toString()).toBe('end natural\n');
  });

  it('lets a later usage correct the first, and nothing else be told behind the end', () => {
    const stream = opened();
    told(stream, 'begin', 'say', 5, 'stop');
    expect(told(stream, 'begin', 'say', 'fail', 9)).toBe('');
    expect(stream).toMatchObject({ phase: 'complete', usage: { output: 9 }, failure: null });
  });

  it('goes on when an answer goes on behind a finish', () => {
    const stream = opened();
    expect(told(stream, 'begin', 'say', 'stop', 'call')).toContain('finish\npart_begun\n');
    expect(stream.phase).toBe('content');
  });

  it('is cut, not whole, when content ends without a finish', () => {
    const closed = opened();
    told(closed, 'begin', 'say');
    closed.end();
    expect(closed.phase).toBe('cut');
    const broken = opened();
    told(broken, 'begin', 'say', 'over');
    expect(broken.phase).toBe('cut');
    const counted = opened();
    told(counted, 'begin', 'say', 5, 'over');
    expect(counted.phase).toBe('complete');
  });

  it('ends by the output limit when the hold runs out', () => {
    const stream = opened();
    told(stream, 'begin', 'say');
    expect(stream.finish(closing).toString()).toBe('end length\n');
    expect(told(stream, 'say', 'stop')).toBe('');
  });

  it('fails with the words of the upstream, and an answer without content is one that was not given', () => {
    const stream = opened();
    told(stream, 'begin', 'fail');
    expect(stream).toMatchObject({ phase: 'failed', failure, isEmpty: true });
    expect(told(stream, 'say')).toBe('');
  });

  it.each([
    ['{"error":{"message":"busy","type":"overloaded_error"}}', 'failed', 'busy'],
    ['{"type":"error","error":{"message":"busy"}}', 'failed', 'busy'],
    ['<html>502</html>', 'malformed', undefined],
    ['', 'cut', undefined],
  ])('judges the body %j that is no stream', (body, phase, message) => {
    const stream = opened();
    stream.feed(Buffer.from(body));
    stream.end();
    expect([stream.phase, stream.failure?.message]).toEqual([phase, message]);
  });

  it('skips eight events that cannot be read, and gives up at the ninth', () => {
    const stream = opened();
    for (let broken = 0; broken < 8; broken++) stream.feed(Buffer.from('data: {"half\n\n'));
    expect(stream.phase).toBe('waiting');
    stream.feed(Buffer.from('data: {"half\n\n'));
    expect(stream.phase).toBe('malformed');
  });

  it('keeps no more than 8 MB of an event without an end, of a stream without content, of a part behind another', () => {
    const endless = opened();
    endless.feed(Buffer.from('data: "'));
    for (let mb = 0; mb < 9 && endless.phase === 'waiting'; mb++) endless.feed(Buffer.alloc(1024 * 1024, 0x61));
    expect(endless.phase).toBe('malformed');
    const silent = opened();
    for (let mb = 0; mb < 10 && silent.phase === 'waiting'; mb++) silent.feed(sse({ pad: 'a'.repeat(1024 * 1024) }));
    expect(silent.phase).toBe('malformed');
    const long = 'a'.repeat(1024 * 1024);
    const behind = new Map(words).set('arguments', [{ kind: 'delta', choice: 0, part: 1, text: long, logprobs: [] }]);
    const parallel = new TranslatedStream(new ScriptReader(behind), new KindWriter());
    told(parallel, 'begin', 'say', 'call');
    for (let mb = 0; mb < 10 && parallel.phase === 'content'; mb++) told(parallel, 'arguments');
    expect(parallel.phase).toBe('malformed');
  });

  it('counts output by its text and its events, whichever is more', () => {
    const stream = opened();
    told(stream, 'begin', ...Array.from({ length: 40 }, () => 'say'));
    expect(stream.outputTokens).toBe(40);
  });
});
