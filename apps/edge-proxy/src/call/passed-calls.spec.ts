import type { Dialect } from '@apilink/contracts';
import type { Rates } from '@apilink/pricing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { EdgeWorld, MODEL } from '../rig/edge-world.factory.contract.js';
import type { UpstreamScript } from '../rig/scripted-upstream.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

const MICRO_USD_A_UNIT = 1_000n * 1_000_000n;
const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
const sound = Buffer.concat([wavHead(32_000), Buffer.alloc(48_000, 7)]);
const errorSchema = z.object({ error: z.object({ code: z.string(), param: z.string().nullable() }) });

function wavHead(bytesPerSecond: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(bytesPerSecond / 2, 24);
  head.writeUInt32LE(bytesPerSecond, 28);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  return head;
}

async function open(dialect: Dialect, sell: Rates, script: UpstreamScript): Promise<void> {
  world = await EdgeWorld.open({ dialects: [dialect], sell, maxOutputTokens: 1 });
  world.alpha.play(script);
}

async function post(path: string, body: object, signal?: AbortSignal): Promise<Response> {
  const isForm = body instanceof FormData;
  return fetch(`${world.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${world.apiKey}`,
      ...(isForm ? {} : { 'content-type': 'application/json' }),
    },
    body: isForm ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

const heldNanoUsd = (answer: Response): bigint =>
  BigInt(Math.round(Number(answer.headers.get('x-apilink-hold-usd')) * 1e9));

async function refusal(answer: Response) {
  const { error } = errorSchema.parse(await answer.json());
  return { status: answer.status, code: error.code, param: error.param };
}

describe('calls that are no turn of a model', () => {
  it('embeddings: vectors as the client asked for them, charged by their tokens', async () => {
    const numbers = [0.5, -1];
    await open('embeddings', { input: MICRO_USD_A_UNIT }, (call) =>
      call.answer(200, {
        data: [{ object: 'embedding', index: 0, embedding: numbers }],
        usage: { prompt_tokens: 3, total_tokens: 3 },
      }),
    );
    const answer = await post('/v1/embeddings', { model: MODEL, input: 'hello world', encoding_format: 'base64' });
    const encoded = Buffer.from(Float32Array.from(numbers).buffer).toString('base64');
    expect(await answer.json()).toMatchObject({
      object: 'list',
      data: [{ embedding: encoded }],
      usage: { prompt_tokens: 3, cost_nano_usd: '3000' },
    });
    const final = await world.final();
    expect(final).toMatchObject({
      dialect: 'embeddings',
      outcome: 'completed',
      usageSource: 'upstream',
      stream: false,
    });
    expect(final.chargeNanoUsd).toBe(3_000n);
    expect(heldNanoUsd(answer)).toBeGreaterThanOrEqual(3_000n);
    expect(answer.headers.get('x-ratelimit-limit-requests')).not.toBeNull();
    expect(world.alpha.calls[0]?.headers).toContain('POST /v1/embeddings');
    expect(world.alpha.calls[0]?.json).toEqual({
      model: 'upstream-model',
      input: 'hello world',
      encoding_format: 'base64',
    });
  });

  it('pictures sold by the piece and by the token: held by number, size and quality, charged as told', async () => {
    await open('images', { image: 5n * MICRO_USD_A_UNIT, input: 0n, output: MICRO_USD_A_UNIT }, (call) =>
      call.answer(200, {
        created: 1,
        data: [{ b64_json: png.toString('base64') }, { b64_json: png.toString('base64') }],
        usage: { input_tokens: 4, output_tokens: 544, total_tokens: 548 },
      }),
    );
    const answer = await post('/v1/images/generations', { model: MODEL, prompt: 'a cat', n: 2, quality: 'low' });
    expect(await answer.json()).toMatchObject({
      data: [{}, {}],
      usage: { output_tokens: 544, cost_nano_usd: '554000' },
    });
    const final = await world.final();
    expect(final).toMatchObject({ dialect: 'images', usage: { images: 2, imageOutput: 544 } });
    expect(final.chargeNanoUsd).toBe(554_000n);
    expect(heldNanoUsd(answer)).toBeGreaterThan(554_000n);
  });

  it('edits of pictures: a form whose files pass untouched', async () => {
    await open('images', { image: 5n * MICRO_USD_A_UNIT }, (call) =>
      call.answer(200, { created: 1, data: [{ b64_json: png.toString('base64') }] }),
    );
    const form = new FormData();
    form.set('model', MODEL);
    form.set('prompt', 'without the dog');
    form.append('image[]', new Blob([png]), 'cat.png');
    const answer = await post('/v1/images/edits', form);
    expect(answer.status).toBe(200);
    const { body, headers } = world.alpha.calls[0] ?? { body: Buffer.alloc(0), headers: '' };
    expect(headers).toContain('POST /v1/images/edits');
    expect(body.includes(png)).toBe(true);
    expect(body.includes('\r\n\r\nupstream-model\r\n')).toBe(true);
    expect((await world.final()).chargeNanoUsd).toBe(5_000n);
  });

  it('speech: every byte passes as it comes, charged by the character', async () => {
    await open('speech', { characters: MICRO_USD_A_UNIT }, (call) => {
      call.head(200, { 'content-type': 'audio/wav' });
      call.socket.write(Buffer.concat([Buffer.from(`${sound.length.toString(16)}\r\n`), sound, Buffer.from('\r\n')]));
      call.end();
    });
    const answer = await post('/v1/audio/speech', { model: MODEL, input: 'Hello 你好', voice: 'alloy' });
    expect(answer.headers.get('content-type')).toBe('audio/wav');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(sound);
    const final = await world.final();
    expect(final).toMatchObject({
      dialect: 'speech',
      outcome: 'completed',
      usage: { characters: 8, milliseconds: 1_500 },
    });
    expect(final.chargeNanoUsd).toBe(8_000n);
    expect(heldNanoUsd(answer)).toBe(8_000n);
  });

  it('speech that is sold by the token is charged by the length of what came', async () => {
    await open('speech', { input: 0n, audioOutput: MICRO_USD_A_UNIT }, (call) => {
      call.head(200, { 'content-type': 'audio/wav' });
      call.socket.write(Buffer.concat([Buffer.from(`${sound.length.toString(16)}\r\n`), sound, Buffer.from('\r\n')]));
      call.end();
    });
    await (await post('/v1/audio/speech', { model: MODEL, input: 'Hello', voice: 'alloy' })).arrayBuffer();
    const final = await world.final();
    // 1.5 s at 1,250 tokens a minute
    expect(final).toMatchObject({ usageSource: 'estimated', usage: { audioOutput: 32 } });
    expect(final.chargeNanoUsd).toBe(32_000n);
  });

  it('speech: a client that goes away pays the hold', async () => {
    await open('speech', { characters: MICRO_USD_A_UNIT }, (call) => {
      call.head(200, { 'content-type': 'audio/mpeg' }).raw('some sound');
    });
    const gone = new AbortController();
    const answer = await post('/v1/audio/speech', { model: MODEL, input: 'Hello', voice: 'alloy' }, gone.signal);
    gone.abort();
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'client_disconnect' });
    expect(final.chargeNanoUsd).toBe(heldNanoUsd(answer));
    expect(final.chargeNanoUsd).toBe(5_000n);
  });

  it('transcriptions: a form whose file passes, charged by the second', async () => {
    await open('transcriptions', { seconds: MICRO_USD_A_UNIT }, (call) =>
      call.answer(200, { text: 'hello', usage: { type: 'duration', seconds: 2 } }),
    );
    const form = new FormData();
    form.set('file', new Blob([sound]), 'hello.wav');
    form.set('model', MODEL);
    const answer = await post('/v1/audio/transcriptions', form);
    expect(await answer.json()).toMatchObject({ text: 'hello', usage: { seconds: 2, cost_nano_usd: '2000' } });
    expect(world.alpha.calls[0]?.body.includes(sound)).toBe(true);
    expect((await world.final()).chargeNanoUsd).toBe(2_000n);
    expect(heldNanoUsd(answer)).toBeGreaterThanOrEqual(2_000n);
  });

  it('transcriptions as plain text are charged by the length that was measured, and say the cost in no body', async () => {
    await open('transcriptions', { seconds: MICRO_USD_A_UNIT }, (call) =>
      call.answer(200, 'hello\n', { 'content-type': 'text/plain' }),
    );
    const form = new FormData();
    form.set('file', new Blob([sound]), 'hello.wav');
    form.set('model', MODEL);
    form.set('response_format', 'text');
    const answer = await post('/v1/audio/transcriptions', form);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toBe('hello\n');
    expect((await world.final()).chargeNanoUsd).toBe(1_500n);
  });

  it('transcriptions in a stream end with what they cost', async () => {
    await open('transcriptions', { input: MICRO_USD_A_UNIT, output: MICRO_USD_A_UNIT }, (call) => {
      call.head().event({ type: 'transcript.text.delta', delta: 'hi' });
      call.event({ type: 'transcript.text.done', text: 'hi', usage: { input_tokens: 14, output_tokens: 3 } }).end();
    });
    const form = new FormData();
    form.set('file', new Blob([sound]), 'hello.wav');
    form.set('model', MODEL);
    form.set('stream', 'true');
    const text = await (await post('/v1/audio/transcriptions', form)).text();
    expect(text).toContain('"type":"transcript.text.delta"');
    expect(text).toContain('"cost_nano_usd":"17000"');
    expect((await world.final()).chargeNanoUsd).toBe(17_000n);
  });

  it('are quoted as they are held, also from a form', async () => {
    await open('transcriptions', { seconds: MICRO_USD_A_UNIT }, (call) => call.answer(200, { text: 'hello' }));
    const form = new FormData();
    form.set('file', new Blob([sound]), 'hello.wav');
    form.set('model', MODEL);
    const quoted = await post('/v1/quote?for=/v1/audio/transcriptions', form);
    const answer = await post('/v1/audio/transcriptions', form);
    // 1.5 s and one more; providers bill ten at least
    expect(heldNanoUsd(answer)).toBe(10_000n);
    expect(await quoted.json()).toMatchObject({
      hold: { least_nano_usd: '10000', first_nano_usd: '10000', worst_case_nano_usd: '10000' },
      max_tokens: { asked: null, clamped: null },
    });
  });

  it('rankings: charged by the search', async () => {
    await open('rerank', { rerankSearch: MICRO_USD_A_UNIT }, (call) =>
      call.answer(200, { results: [{ index: 1, relevance_score: 0.9 }], meta: { billed_units: { search_units: 1 } } }),
    );
    const body = { model: MODEL, query: 'cats', documents: ['dogs', 'cats'], top_n: 1 };
    const answer = await post('/v1/rerank', body);
    expect(await answer.json()).toMatchObject({ results: [{ index: 1 }], usage: { cost_nano_usd: '1000' } });
    expect((await world.final()).chargeNanoUsd).toBe(1_000n);
  });

  it('a figure that cannot be true of the request is not charged: the answer is counted here', async () => {
    await open('images', { image: MICRO_USD_A_UNIT, output: MICRO_USD_A_UNIT, input: 0n }, (call) =>
      call.answer(200, {
        created: 1,
        data: [{ url: 'https://x.example/' }],
        usage: { input_tokens: 1, output_tokens: 10_000_000 },
      }),
    );
    await post('/v1/images/generations', { model: MODEL, prompt: 'a cat', quality: 'low', size: '1024x1024' });
    const final = await world.final();
    expect(final).toMatchObject({ usageSource: 'estimated', usage: { images: 1 } });
    expect(final.usage.output).toBeLessThan(1_000);
  });

  it('go to another endpoint while nothing was answered, and cost nothing when none answers', async () => {
    await open('embeddings', { input: MICRO_USD_A_UNIT }, (call) => call.answer(503, 'away'));
    world.beta.play((call) => call.answer(200, { data: [], usage: { prompt_tokens: 1 } }));
    const answer = await post('/v1/embeddings', { model: MODEL, input: 'hello' });
    expect(answer.status).toBe(503);
    expect((await world.final()).chargeNanoUsd).toBe(0n);
    expect((await world.final()).attempts.map(({ provider }) => provider)).toContain('beta');
  });

  it.each<[string, Dialect, object, string, string]>([
    ['/v1/embeddings', 'embeddings', { input: Array.from({ length: 3_000 }, () => 'a') }, 'invalid_parameter', 'input'],
    ['/v1/embeddings', 'embeddings', { input: 'a', encoding_format: 'int8' }, 'invalid_parameter', 'encoding_format'],
    [
      '/v1/images/edits',
      'images',
      { prompt: 'x', images: [{ image_url: 'http://169.254.169.254/' }] },
      'invalid_parameter',
      'images[0].image_url',
    ],
    [
      '/v1/images/edits',
      'images',
      { prompt: 'x', images: [{ image_url: 'data:image/png;base64,#' }] },
      'invalid_parameter',
      'images[0].image_url',
    ],
    ['/v1/audio/transcriptions', 'transcriptions', {}, 'invalid_parameter', 'content-type'],
    ['/v1/audio/speech', 'speech', { input: '' }, 'invalid_parameter', 'input'],
    ['/v1/rerank', 'rerank', { query: 'q', documents: [] }, 'invalid_parameter', 'documents'],
    ['/v1/embeddings', 'images', { input: 'a' }, 'model_dialect_unsupported', 'model'],
  ])(
    '%s to a model of %s is refused when it asks for what may not be (case %#)',
    async (path, dialect, body, code, param) => {
      await open(dialect, { input: 1n }, (call) => call.reset());
      expect(await refusal(await post(path, { model: MODEL, ...body }))).toEqual({ status: 400, code, param });
      expect(world.alpha.calls).toHaveLength(0);
    },
  );

  it('a form elsewhere is refused, and a body of 40 MB anywhere', async () => {
    await open('images', { image: 1n }, (call) => call.reset());
    const form = new FormData();
    form.set('model', MODEL);
    expect(await refusal(await post('/v1/embeddings', form))).toMatchObject({ status: 415 });
    form.set('image', new Blob([png, new Uint8Array(40 * 1024 * 1024)]), 'large.png');
    expect((await post('/v1/images/edits', form)).status).toBe(413);
  });
});
