import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, { toFile } from 'openai';

import { z } from 'zod';

import { auditDifferences, Customer, generationOf } from './customer.js';
import { Instance } from './instance.js';

const errorSchema = z.object({ error: z.object({ param: z.string().nullable() }) });

/** What the demo models cost, in nano-USD: libs/catalog/src/demo-models.ts. */
const TOKEN = 20n;
const PICTURE = 2_000_000n;
const CHARACTER = 5_000n;
const SECOND = 100_000n;
const SEARCH = 1_000_000n;

describe('pictures, sound, vectors and rankings', () => {
  let instance: Instance;
  let customer: Customer;
  let openai: OpenAI;
  let spent = 0n;

  beforeAll(async () => {
    instance = await Instance.start();
    customer = await Customer.create(instance, '1', ['--rpm', '1000']);
    openai = new OpenAI({ baseURL: instance.quickstart.baseUrl, apiKey: customer.apiKey, maxRetries: 0 });
  }, 120_000);

  afterAll(async () => {
    expect(await auditDifferences(instance)).toEqual([]);
    await instance.dispose();
  }, 60_000);

  /** The receipt's charge is exactly this, the hold covered it, the limits were told, and the ledger has taken it. */
  async function isCharged(response: Response, charge: bigint) {
    const receipt = await customer.receipt(generationOf(response));
    spent += charge;
    expect(BigInt(receipt.charge_nano_usd)).toBe(charge);
    expect(BigInt(receipt.hold_nano_usd)).toBeGreaterThanOrEqual(charge);
    expect(Number(response.headers.get('x-apilink-hold-usd'))).toBeGreaterThan(0);
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('1000');
    expect((await customer.settled()).spent).toBe(spent);
    return receipt;
  }

  it('vectors: of length one, whichever way they travel, charged by the token', async () => {
    const input = ['the quiet harbour', 'a quiet harbour at night'];
    const { data: told, response } = await openai.embeddings.create({ model: 'demo/embedding', input }).withResponse();
    expect(told.data).toHaveLength(2);
    for (const { embedding } of told.data) {
      expect(embedding.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 4);
    }
    expect(told).toMatchObject({ model: 'demo/embedding', usage: { prompt_tokens: 8, cost_nano_usd: '160' } });
    await isCharged(response, 8n * TOKEN);
    const plain = await openai.embeddings.create({ model: 'demo/embedding', input, encoding_format: 'float' });
    spent += 8n * TOKEN;
    expect(plain.data.map(({ embedding }) => embedding)).toEqual(told.data.map(({ embedding }) => [...embedding]));
  });

  it('pictures: made, edited and streamed, charged by the piece', async () => {
    const asked = { model: 'demo/image', prompt: 'a cat', size: '64x64' } as const;
    const made = await openai.images.generate({ ...asked, n: 2 }).withResponse();
    const [first] = made.data.data ?? [];
    expect(made.data).toMatchObject({ data: [{}, {}], usage: { cost_nano_usd: String(2n * PICTURE) } });
    await isCharged(made.response, 2n * PICTURE);

    const png = Buffer.from(first?.b64_json ?? '', 'base64');
    const image = [
      await toFile(png, 'a.png', { type: 'image/png' }),
      await toFile(png, 'b.png', { type: 'image/png' }),
    ];
    const edited = await openai.images.edit({ ...asked, image }).withResponse();
    expect(Buffer.from(edited.data.data?.[0]?.b64_json ?? '', 'base64').readUInt32BE(16)).toBe(64);
    await isCharged(edited.response, PICTURE);

    const streamed = await openai.images.generate({ ...asked, stream: true, partial_images: 2 }).withResponse();
    const events = [];
    for await (const event of streamed.data) events.push(event);
    expect(events.map(({ type }) => type.split('.')[1])).toEqual(['partial_image', 'partial_image', 'completed']);
    expect(events.at(-1)).toMatchObject({ usage: { cost_nano_usd: String(PICTURE) } });
    await isCharged(streamed.response, PICTURE);
  });

  it('speech: a real WAV, charged by the character; and heard again, charged by the second', async () => {
    const asked = { model: 'demo/speech', voice: 'alloy', input: 'Hello, 你好.'.repeat(10) } as const;
    const spoken = await openai.audio.speech.create(asked);
    expect(spoken.headers.get('content-type')).toBe('audio/wav');
    const wav = Buffer.from(await spoken.arrayBuffer());
    expect(wav.toString('latin1', 0, 4)).toBe('RIFF');
    // 100 characters of 60 ms at 48,000 bytes a second
    expect(wav).toHaveLength(44 + 6 * 48_000);
    await isCharged(spoken, 100n * CHARACTER);

    const file = await toFile(wav, 'hello.wav');
    const heard = await openai.audio.transcriptions.create({ model: 'demo/transcription', file }).withResponse();
    expect(heard.data).toMatchObject({ usage: { type: 'duration', seconds: 6, cost_nano_usd: String(6n * SECOND) } });
    await isCharged(heard.response, 6n * SECOND);

    const text = await openai.audio.transcriptions
      .create({ model: 'demo/transcription', file: await toFile(wav, 'hello.wav'), response_format: 'text' })
      .withResponse();
    expect(text.data.trim()).toBe(heard.data.text);
    const receipt = await isCharged(text.response, 6n * SECOND);
    expect(receipt.usage_source).toBe('estimated');

    const stream = await openai.audio.transcriptions
      .create({ model: 'demo/transcription', file: await toFile(wav, 'hello.wav'), stream: true })
      .withResponse();
    let words = '';
    for await (const event of stream.data) if (event.type === 'transcript.text.delta') words += event.delta;
    expect(words.trim()).toBe(heard.data.text);
    await isCharged(stream.response, 6n * SECOND);
  });

  it('rankings: charged by the search', async () => {
    const documents = ['dogs bark', 'cats sleep'];
    const response = await customer.post('/rerank', { model: 'demo/rerank', query: 'cats', documents, top_n: 1 });
    expect(await response.json()).toMatchObject({
      results: [{ index: 1 }],
      usage: { cost_nano_usd: String(SEARCH) },
    });
    await isCharged(response, SEARCH);
  });

  it('a client that goes away while it is spoken to pays the hold', async () => {
    const gone = new AbortController();
    const body = { model: 'demo/speech', voice: 'alloy', input: 'x'.repeat(2_000) };
    const spoken = await openai.audio.speech.create(body, { signal: gone.signal });
    await spoken.body?.getReader().read();
    gone.abort();
    const receipt = await isCharged(spoken, 2_000n * CHARACTER);
    expect(receipt).toMatchObject({ outcome: 'client_disconnect', hold_nano_usd: receipt.charge_nano_usd });
  });

  it.each<[string, object, number, string]>([
    ['/embeddings', { model: 'demo/embedding', input: Array.from({ length: 3_000 }, () => 'a') }, 400, 'input'],
    ['/embeddings', { model: 'demo/embedding', input: 'a', encoding_format: 'int8' }, 400, 'encoding_format'],
    ['/images/edits', editOf('http://169.254.169.254/latest/'), 400, 'images[0].image_url'],
    ['/images/edits', editOf('http://localhost/a.png'), 400, 'images[0].image_url'],
    ['/images/edits', editOf('data:image/png;base64,no*base64'), 400, 'images[0].image_url'],
    ['/images/edits', editOf('data:image/png;base64,aGVsbG8='), 400, 'images[0].image_url'],
    ['/audio/speech', { model: 'demo/speech', input: 'a', response_format: 'mp3' }, 400, 'null'],
    ['/embeddings', { model: 'demo/image', input: 'a' }, 400, 'model'],
  ])('%s refuses what may not be, and charges nothing (case %#)', async (path, body, status, param) => {
    const response = await customer.post(path, body);
    expect(response.status).toBe(status);
    expect(response.headers.get('x-should-retry')).toBe('false');
    const { error } = errorSchema.parse(await response.json());
    expect(String(error.param)).toBe(param);
    expect((await customer.settled()).spent).toBe(spent);
  });

  it('refuses a picture of 40 MB before it has read it', async () => {
    const image = await toFile(Buffer.alloc(40 * 1024 * 1024, 137), 'large.png', { type: 'image/png' });
    const refused = openai.images.edit({ model: 'demo/image', prompt: 'x', image });
    await expect(refused).rejects.toMatchObject({ status: 413, code: 'body_too_large' });
  });
});

function editOf(address: string): object {
  return { model: 'demo/image', prompt: 'x', images: [{ image_url: address }] };
}
