import { inflateSync } from 'node:zlib';

import { createLogger, listen, type ServiceApplication } from '@apilink/service';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { z } from 'zod';

import { createDemoProviderApplication } from '../application.js';

const errorSchema = z.object({ error: z.object({ code: z.string().nullable(), param: z.string().nullable() }) });
const rankingSchema = z.object({
  results: z.array(z.object({ index: z.number(), relevance_score: z.number() })),
  meta: z.object({ billed_units: z.object({ search_units: z.number() }) }),
});

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

describe('the demo provider’s other work', () => {
  let application: ServiceApplication;
  let base: string;
  let openai: OpenAI;

  beforeAll(async () => {
    application = await createDemoProviderApplication({
      env: { DEMO_TOKENS_PER_SECOND: '20000' },
      logger: createLogger({ name: 'demo-provider', level: 'silent' }),
    });
    await application.start();
    const { port } = await listen(application.server, { host: '127.0.0.1', port: 0 }, 'PORT');
    base = `http://127.0.0.1:${port}`;
    openai = new OpenAI({ baseURL: `${base}/v1`, apiKey: 'any', maxRetries: 0 });
  });

  afterAll(async () => {
    await application.drain(1_000);
    application.server.closeAllConnections();
    await application.close();
  });

  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('gives vectors of length one, nearer to each other the more words are shared, as numbers and as base64', async () => {
    const input = ['the quiet harbour', 'a quiet harbour at night', 'stock prices fell'];
    const { data, usage } = await openai.embeddings.create({ model: 'demo-echo', input, dimensions: 64 });
    const [one = [], near = [], far = []] = data.map(({ embedding }) => embedding);
    expect(one).toHaveLength(64);
    expect(dot(one, one)).toBeCloseTo(1, 5);
    expect(dot(one, near)).toBeGreaterThan(dot(one, far) + 0.2);
    expect(usage).toEqual({ prompt_tokens: 11, total_tokens: 11 });
    const plain = await openai.embeddings.create({
      model: 'demo-echo',
      input: input[0] ?? '',
      dimensions: 64,
      encoding_format: 'float',
    });
    expect(plain.data[0]?.embedding).toEqual([...one]);
  });

  it('paints a real PNG of the size asked for, the same for the same prompt', async () => {
    const ask = { model: 'demo-echo', prompt: 'a cat', size: '64x32', n: 2 } as const;
    const [first, again] = [await openai.images.generate(ask), await openai.images.generate(ask)];
    expect(first.data).toEqual(again.data);
    expect(first.data?.[0]).not.toEqual(first.data?.[1]);
    const png = Buffer.from(first.data?.[0]?.b64_json ?? '', 'base64');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([64, 32]);
    const start = png.indexOf('IDAT') + 4;
    expect(inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)))).toHaveLength(65 * 32);
    const edited = await openai.images.edit({
      model: 'demo-echo',
      prompt: 'a cat',
      image: await toFile(png, 'cat.png', { type: 'image/png' }),
    });
    const other = Buffer.from(edited.data?.[0]?.b64_json ?? '', 'base64');
    expect([other.readUInt32BE(16), other.readUInt32BE(20)]).toEqual([64, 32]);
    expect(other).not.toEqual(png);
  });

  it('streams pictures, partial ones first', async () => {
    const stream = await openai.images.generate({
      model: 'demo-echo',
      prompt: 'a cat',
      size: '16x16',
      stream: true,
      partial_images: 2,
    });
    const types: string[] = [];
    for await (const { type } of stream) types.push(type);
    const partial = 'image_generation.partial_image';
    expect(types).toEqual([partial, partial, 'image_generation.completed']);
  });

  it('speaks 60 ms for each character, and hears as long as that', async () => {
    const speech = await openai.audio.speech.create({
      model: 'demo-echo',
      voice: 'alloy',
      input: 'x'.repeat(50),
      response_format: 'wav',
    });
    const wav = Buffer.from(await speech.arrayBuffer());
    expect(wav).toHaveLength(44 + 3 * 48_000);
    const file = async () => toFile(wav, 'x.wav');
    const heard = await openai.audio.transcriptions.create({ model: 'demo-echo', file: await file() });
    expect(heard.text.split(' ').length).toBeGreaterThan(4);
    expect(heard.usage).toEqual({ type: 'duration', seconds: 3 });
    const srt = await openai.audio.transcriptions.create({
      model: 'demo-echo',
      file: await file(),
      response_format: 'srt',
    });
    expect(srt).toContain('--> 00:00:03,000');
    const stream = await openai.audio.transcriptions.create({ model: 'demo-echo', file: await file(), stream: true });
    let text = '';
    for await (const event of stream) if (event.type === 'transcript.text.delta') text += event.delta;
    expect(text.trim()).toBe(heard.text);
  });

  it('ranks by the words that are shared', async () => {
    const documents = ['dogs bark', { text: 'cats sleep all day' }, 'fish swim'];
    const answer = await post('/v1/rerank', { model: 'demo-echo', query: 'where cats sleep', documents, top_n: 2 });
    const { results, meta } = rankingSchema.parse(await answer.json());
    expect(results.map(({ index }) => index)).toEqual([1, 0]);
    expect(results[0]?.relevance_score).toBeGreaterThan(0.6);
    expect(meta.billed_units.search_units).toBe(1);
  });

  it.each([
    ['/v1/embeddings', { model: 'demo-echo', input: [] }, 400, 'input'],
    ['/v1/embeddings', { model: 'gpt-5', input: 'a' }, 404, 'model'],
    ['/v1/images/generations', { model: 'demo-echo', prompt: 'a', size: '9999x9999' }, 400, 'size'],
    ['/v1/images/edits', { model: 'demo-echo', prompt: 'a' }, 400, 'image'],
    ['/v1/audio/speech', { model: 'demo-echo', input: 'a', response_format: 'mp3' }, 400, 'response_format'],
    ['/v1/audio/transcriptions', { model: 'demo-echo' }, 400, 'file'],
    ['/v1/rerank', { model: 'demo-echo', query: 'a', documents: [] }, 400, 'documents'],
  ])('refuses what it cannot do: %s %j', async (path, body, status, param) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    expect(errorSchema.parse(await answer.json()).error.param).toBe(param);
  });

  it('fails as the model’s name says', async () => {
    const ask = (model: string): Promise<Response> => post('/v1/embeddings', { model, input: 'a' });
    expect((await ask('demo-fail-503-once-tag-work')).status).toBe(503);
    expect((await ask('demo-fail-503-once-tag-work')).status).toBe(200);
    await expect(ask('demo-reset')).rejects.toThrow('fetch failed');
    const cut = await post('/v1/audio/speech', { model: 'demo-cut-3', input: 'hello' });
    await expect(cut.arrayBuffer()).rejects.toThrow('terminated');
  });
});
