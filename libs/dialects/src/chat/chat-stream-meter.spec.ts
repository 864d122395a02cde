import { describe, expect, it } from '@jest/globals';

import { ChatStreamMeter } from './chat-stream-meter.js';
import {
  choice,
  chunk,
  closing,
  costJson,
  documents,
  done,
  event,
  finish,
  head,
  options,
  play,
  recorded,
  text,
  usageChunk,
  usageJson,
} from './sample-stream.js';

const role = chunk(choice('"role":"assistant","content":""'));
const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

const bare = (delta: string): string =>
  event(
    `{"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{${delta}}}]}`,
  );
const withRunningUsage = (tokens: number): string =>
  chunk(choice('"content":"a"'), `,"usage":{"prompt_tokens":10,"completion_tokens":${tokens}}`);

describe('ChatStreamMeter', () => {
  it('passes an ordinary chunk on as the same buffer, without a copy', () => {
    const meter = new ChatStreamMeter(options);
    for (const bytes of [role, text('a'), text('b'), text('c') + text('d')].map((part) => Buffer.from(part))) {
      expect(meter.feed(bytes)).toBe(bytes);
    }
    expect(meter.phase).toBe('content');
  });

  it('takes out the null usage of running chunks for a client that did not ask for usage, wherever it stands', () => {
    const [begin = '', end = ''] = text('a').split('"id":"c1",');
    const running = [
      chunk(choice('"content":"a"'), ',"usage":null'),
      chunk(choice('"content":"b"'), ',"usage":null'),
      `${begin}"usage" : null , "id":"c1",${end}`,
      `${begin}"id":"c1","usage":null,${end}`,
    ];
    const shown = documents(play([running.join('')], {}).all);
    expect(shown).toHaveLength(4);
    for (const document of shown) expect(document).not.toHaveProperty('usage');
    expect(documents(play([running.join('')], { includeUsage: true }).all)).toEqual(
      running.map(() => expect.objectContaining({ usage: null })),
    );
  });

  it('holds the finishing chunk until the usage is in, and lets the usage with its cost ride on it', () => {
    const meter = new ChatStreamMeter(options);
    expect(meter.feed(Buffer.from(role))).not.toBeNull();
    expect(meter.phase).toBe('waiting');
    meter.feed(Buffer.from(text('Hi')));
    expect(meter.phase).toBe('content');
    expect(meter.feed(Buffer.from(finish))).toBeNull();
    expect([meter.phase, meter.finishReason]).toEqual(['finishing', 'stop']);
    expect(meter.feed(Buffer.from(usageChunk))).toBeNull();
    expect([meter.phase, meter.usage]).toEqual(['complete', closing.usage]);
    expect(documents(meter.finish(closing).toString())).toEqual([
      expect.objectContaining({
        id: 'c1',
        choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }],
        usage: { ...usage, ...costJson },
      }),
      '[DONE]',
    ]);
    expect(meter.feed(Buffer.from(text('late')))).toBeNull();
  });

  it('gives the usage a chunk of its own, with no choices, to a client that asked for it', () => {
    for (const stream of [
      [text('Hi'), finish, usageChunk, done],
      [text('Hi'), chunk(choice('', 'stop'), `,"usage":${usageJson}`), done],
      [text('Hi'), chunk(choice('', 'stop'), `,"usage":${usageJson}`), usageChunk, done],
      [text('Hi'), finish, chunk(choice('"role":"assistant","content":""'), `,"usage":${usageJson}`), done],
    ]) {
      const [, finishing, last, end] = documents(play([stream.join('')], { includeUsage: true }).all);
      expect(finishing).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
      expect(finishing).not.toHaveProperty('usage.cost');
      expect(last).toMatchObject({ id: 'c1', model: 'up-1', choices: [], usage: { ...usage, ...costJson } });
      expect(end).toBe('[DONE]');
    }
  });

  it('keeps the upstream’s own usage members and drops an aggregator’s own cost', () => {
    const told =
      '{"prompt_tokens":10, "cost":0.5,"completion_tokens":5,"cost_details":{"x":1},"is_byok":false,"extra":[1.0]}';
    const { all } = play([text('Hi') + finish + chunk('', `,"usage":${told}`) + done]);
    expect(all).toContain('"usage":{"prompt_tokens":10,"completion_tokens":5,"extra":[1.0],"cost":0.000012345,');
    expect(all.match(/"cost":/g)).toHaveLength(1);
  });

  it('writes the metered usage when the upstream told none, or none that can be true', () => {
    const broken = chunk('', ',"usage":{"prompt_tokens":-1,"completion_tokens":5}');
    for (const stream of [text('Hi') + finish, text('Hi') + finish + done, text('Hi') + finish + broken + done]) {
      const { all, meter } = play([stream]);
      expect(meter.usage).toBeNull();
      expect(documents(all).at(-2)).toMatchObject({ usage: { ...usage, ...costJson } });
    }
    const { meter } = play([text('Hi') + finish + broken]);
    expect(meter.usageProblem).toMatch(/prompt_tokens is -1/);
  });

  it('is complete at once when a stream ends with a finish reason and without [DONE]', () => {
    expect(play([text('Hi') + finish]).meter.phase).toBe('complete');
    expect(play([text('Hi') + finish.trimEnd()]).meter.phase).toBe('complete');
  });

  it('calls a stream cut that ends without a finish reason, and forwards what was whole', () => {
    const { meter, all } = play([text('Hi') + text('there').slice(0, 40)]);
    expect(meter.phase).toBe('cut');
    expect(all).toBe(text('Hi'));
  });

  it('calls content cut that ends with [DONE] but without finish reason and usage', () => {
    const { meter, all } = play([text('Hi') + done]);
    expect([meter.phase, meter.finishReason, meter.isEmpty]).toEqual(['cut', null, false]);
    expect(all).toBe(text('Hi'));
    const half = chunk(choice('"content":"a"', null, 0)) + chunk(choice('', 'stop', 1)) + done;
    expect(play([half], { choices: 2 }).meter.phase).toBe('cut');
  });

  it('ends a stream that had [DONE] and usage but no finish reason with a reason of its own', () => {
    const { meter, all } = play([text('Hi') + usageChunk + done]);
    expect([meter.phase, meter.finishReason, meter.isEmpty]).toEqual(['complete', null, false]);
    expect(documents(all).at(-2)).toMatchObject({ id: 'c1', model: 'up-1', choices: [{ finish_reason: 'stop' }] });
  });

  it('knows an empty completion: no output and no finish reason, or finish `error`', () => {
    expect(play([role + done]).meter.isEmpty).toBe(true);
    expect(play([text('Hi') + chunk(choice('', 'error')) + done]).meter.isEmpty).toBe(true);
    expect(play([chunk(choice('', 'stop')) + done]).meter.isEmpty).toBe(false);
    expect(play(['']).meter.isEmpty).toBe(true);
  });

  it('ends an exhausted answer with `length` under the stream’s own id, model and time', () => {
    const meter = new ChatStreamMeter({ ...options, model: 'pub/x' });
    meter.feed(Buffer.from(text('Hi') + text('half').slice(0, 50)));
    const ending = documents(meter.finish(closing).toString());
    expect(ending).toEqual([
      {
        id: 'c1',
        object: 'chat.completion.chunk',
        created: 7,
        model: 'pub/x',
        system_fingerprint: null,
        choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'length' }],
        usage: expect.objectContaining(costJson),
      },
      '[DONE]',
    ]);
    const silent = new ChatStreamMeter({ ...options, model: 'pub/x', choices: 2 });
    expect(documents(silent.finish(closing).toString())).toEqual([
      expect.objectContaining({ id: 'chatcmpl-own', created: 99, choices: [expect.objectContaining({ index: 0 })] }),
      expect.objectContaining({ choices: [expect.objectContaining({ index: 1, finish_reason: 'length' })] }),
      '[DONE]',
    ]);
  });

  it('reports an error object in a 200 stream and forwards nothing of it', () => {
    const { meter, all } = play([recorded('chat-error-midstream')]);
    expect(meter.phase).toBe('failed');
    expect(meter.failure).toEqual({ message: 'Upstream provider died', type: 'server_error', code: 'upstream_error' });
    expect(all).not.toContain('died');
    expect(play(['event: error\ndata: {"message":"x","code":429}\n\n']).meter.failure).toEqual({
      message: 'x',
      type: null,
      code: '429',
    });
    expect(play([event('{"error":"bare"}')]).meter.failure?.message).toBe('bare');
    expect(play([chunk(choice('"content":"a"'), ',"error":null') + finish]).meter.phase).toBe('complete');
  });

  it.each(['<!DOCTYPE html><html>', 'Bad gateway', '[1]', '{"object":"chat.completion","choices":[]}'])(
    'calls %s malformed, not an empty success',
    (body) => {
      const { meter, all } = play([body]);
      expect(meter.phase).toBe('malformed');
      expect(all).toBe('');
    },
  );

  it('finds the error in a JSON body that came instead of a stream', () => {
    const body = '{"error":{"message":"no","type":"invalid_request_error","code":"x"}}';
    const { meter } = play([body.slice(0, 1), body.slice(1, 20), body.slice(20)]);
    expect(meter.phase).toBe('failed');
    expect(meter.failure?.message).toBe('no');
  });

  it('skips events that are not JSON and loses nothing else; too many are a broken stream', () => {
    const bad = event('{"id":"c1","choices":[{"index":0,"delta":{"content":"half') + event('nonsense') + event('[1]');
    const { meter, all } = play([text('a') + bad + text('b') + event('{"type":"ping"}') + finish + usageChunk]);
    expect(meter.malformedEvents).toBe(3);
    expect(meter.phase).toBe('complete');
    expect(documents(all)).toHaveLength(4);
    expect(play([text('a') + event('nonsense').repeat(9)]).meter.phase).toBe('malformed');
    expect(play([text('a') + event('').repeat(99)]).meter.malformedEvents).toBe(0);
  });

  it('gives up an event above 8 MB instead of keeping it', () => {
    const meter = new ChatStreamMeter(options);
    const block = Buffer.alloc(1024 * 1024, 97);
    meter.feed(Buffer.from('data: {"x":"'));
    for (let i = 0; i < 9; i++) meter.feed(block);
    expect(meter.phase).toBe('malformed');
  });

  it('waits for the last of several choices, whatever their order', () => {
    const meter = new ChatStreamMeter({ ...options, choices: 2 });
    const feed = (part: string): string => meter.feed(Buffer.from(part))?.toString() ?? '';
    feed(chunk(choice('"content":"a"', null, 0)) + chunk(choice('"content":"b"', null, 1)));
    expect(feed(chunk(choice('', 'stop', 0)))).toContain('"finish_reason":"stop"');
    expect(meter.phase).toBe('content');
    expect(feed(chunk(choice('', 'length', 1)))).toBe('');
    expect([meter.phase, meter.finishReason]).toEqual(['finishing', 'stop']);
  });

  it('lets a held finish go when another choice begins after it', () => {
    const meter = new ChatStreamMeter({ ...options, choices: 2 });
    meter.feed(Buffer.from(chunk(choice('"content":"a"', null, 0)) + chunk(choice('', 'stop', 0))));
    expect(meter.phase).toBe('finishing');
    const released = meter.feed(Buffer.from(chunk(choice('"content":"b"', null, 1))))?.toString() ?? '';
    expect(meter.phase).toBe('content');
    expect(documents(released)).toMatchObject([{ choices: [{ finish_reason: 'stop' }] }, { choices: [{ index: 1 }] }]);
  });

  it('gives every chunk the public model, and touches no text that looks like one', () => {
    const tricky = 'say "model":"up-1" and {"model":"up-1"}';
    const { all } = play([role + text(tricky) + text(`${tricky}!`) + finish + usageChunk], { model: 'pub/"x"' });
    const chunks = documents(all).slice(0, -1);
    expect(chunks).toHaveLength(4);
    for (const document of chunks) expect(document).toMatchObject({ model: 'pub/"x"', id: 'c1' });
    expect(chunks[1]).toMatchObject({ choices: [{ delta: { content: tricky } }] });
    expect(chunks[2]).toMatchObject({ choices: [{ delta: { content: `${tricky}!` } }] });
  });

  it('keeps the first id, or the one of an earlier attempt, when the upstream changes it', () => {
    const other = text('b').replace('"c1"', '"c2"');
    expect(documents(play([text('a') + other + finish]).all)).toMatchObject([
      { id: 'c1' },
      { id: 'c1' },
      { id: 'c1' },
      {},
    ]);
    expect(play([text('a') + text('b') + other + finish], { id: 'c0' }).all).not.toMatch(/"c[12]"/);
  });

  it('adds the keys that strict clients need where the upstream lacks them', () => {
    const end = event('{"id":"c1","choices":[{"delta":{},"finish_reason":"stop","index":0},{}]}');
    const stream = bare('"role":"assistant"') + bare('"content":"a"') + bare('"content":"b"') + end;
    for (const document of documents(play([stream], { choices: 2 }).all).slice(0, 3)) {
      expect(document).toMatchObject({ system_fingerprint: null, choices: [{ finish_reason: null, logprobs: null }] });
    }
  });

  it('takes usage that is repeated in every chunk out of the running ones, and believes the last', () => {
    const { running: forwarded, meter } = play([
      withRunningUsage(1) + withRunningUsage(2) + chunk(choice('', 'stop'), `,"usage":${usageJson}`),
    ]);
    expect(documents(forwarded)).toHaveLength(2);
    for (const document of documents(forwarded)) expect(document).not.toHaveProperty('usage');
    expect(meter.usage?.output).toBe(5);
  });

  it('counts what is written: content, reasoning once, tool arguments', () => {
    const reasoning = play([recorded('chat-reasoning_content')]).meter;
    expect(reasoning.outputTokens).toBeGreaterThanOrEqual(4);
    expect(reasoning.outputTokens).toBeLessThanOrEqual(6);
    const words = Array.from({ length: 300 }, () => text(' token')).join('');
    expect(play([words]).meter.outputTokens).toBe(300);
    expect(play([text(' token'.repeat(300))]).meter.outputTokens).toBe(300);
    const letters = Array.from({ length: 300 }, () => text('x')).join('');
    expect(play([letters]).meter.outputTokens).toBeLessThanOrEqual(300);
  });

  it('passes comments on between events, and none once the finish is held', () => {
    const { running } = play([`: ping\n\n${text('a')}: ping\n\n${finish}: late\n\n${usageChunk}`]);
    expect(running).toBe(`: ping\n\n${text('a')}: ping\n\n`);
  });

  it('remembers the service tier that the answer names', () => {
    expect(play([text('a') + chunk(choice('', 'stop'), ',"service_tier":"flex"')]).meter.serviceTier).toBe('flex');
  });

  it('reads data in several lines as one document', () => {
    const lines = `data: {${head},\ndata: "choices":[${choice('"content":"a"')}]}\n\n`;
    const { meter, all } = play([lines + lines + finish], { model: 'pub' });
    expect(meter.outputTokens).toBe(2);
    expect(documents(all)).toMatchObject([{ model: 'pub' }, { model: 'pub' }, { model: 'pub' }, '[DONE]']);
  });
});
