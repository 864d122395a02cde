import { readFileSync } from 'node:fs';

import { createLogger, describeEnvironment, listen, type ServiceApplication } from '@apilink/service';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { z } from 'zod';

import { createDemoProviderApplication } from './application.js';
import { demoProviderEnvironmentSchema } from './demo-provider.config.js';

const reportSchema = z.object({
  models: z.record(z.string(), z.object({ started: z.number(), cancelled: z.number(), finished: z.number() })),
  requests: z.array(
    z.object({ model: z.string(), state: z.string(), tokens: z.number(), endedAt: z.number().nullable() }),
  ),
});
const errorSchema = z.object({ error: z.object({ code: z.string().nullable(), message: z.string() }) });
const messages = [{ role: 'user', content: 'Name three rivers.' }] as const;

const count = (text: string): number => (text.match(/"delta":{"content":"/g) ?? []).length;

describe('the demo provider', () => {
  let application: ServiceApplication;
  let base: string;
  let client: OpenAI;

  beforeAll(async () => {
    application = await createDemoProviderApplication({
      env: { DEMO_TOKENS_PER_SECOND: '20000' },
      logger: createLogger({ name: 'demo-provider', level: 'silent' }),
    });
    await application.start();
    const { port } = await listen(application.server, { host: '127.0.0.1', port: 0 }, 'PORT');
    base = `http://127.0.0.1:${port}`;
    client = new OpenAI({ baseURL: `${base}/v1`, apiKey: 'any', maxRetries: 0 });
  });

  afterAll(async () => {
    await application.drain(1_000);
    application.server.closeAllConnections();
    await application.close();
  });

  const ask = (body: object, signal?: AbortSignal): Promise<Response> =>
    fetch(`${base}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages, ...body }),
      ...(signal ? { signal } : {}),
    });
  const stream = async (model: string, more: object = {}): Promise<string> =>
    (await ask({ model, stream: true, ...more })).text();
  const report = async (): Promise<z.output<typeof reportSchema>> =>
    reportSchema.parse(await (await fetch(`${base}/internal/demo/requests`)).json());

  it('gives the same request the same answer, streamed or not, and counts its tokens exactly', async () => {
    const whole = await client.chat.completions.create({ model: 'demo-echo', messages: [...messages] });
    const chunks = await client.chat.completions.create({
      model: 'demo-echo',
      messages: [...messages],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let tokens = 0;
    let usage: OpenAI.CompletionUsage | null = null;
    for await (const chunk of chunks) {
      const content = chunk.choices[0]?.delta.content;
      if (content) {
        text += content;
        tokens++;
      }
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(text).toMatch(/^You said: Name three rivers\. /);
    expect([tokens, usage?.completion_tokens]).toEqual([whole.usage?.completion_tokens, tokens]);
    expect(usage?.completion_tokens_details?.reasoning_tokens).toBe(0);
  });

  it('obeys the output limit, for every choice', async () => {
    const answer = await client.chat.completions.create({
      model: 'demo/long',
      messages: [...messages],
      max_completion_tokens: 30,
      n: 3,
    });
    expect(answer.choices.map((choice) => choice.finish_reason)).toEqual(['length', 'length', 'length']);
    expect(new Set(answer.choices.map((choice) => choice.message.content)).size).toBe(3);
    expect(answer.usage?.completion_tokens).toBe(90);
  });

  it('answers more than a step of tokens when asked', async () => {
    const text = await stream('demo-long-rate-1000000', { stream_options: { include_usage: true } });
    expect(text.match(/"content":" ?\S/g)?.length).toBeGreaterThan(4096);
    expect(text).toContain('"completion_tokens":6000');
  });

  it('paces an answer: sixty tokens at six hundred a second take a tenth of a second', async () => {
    const began = performance.now();
    await stream('demo-tokens-60-rate-600');
    expect(performance.now() - began).toBeGreaterThan(90);
  });

  it('stops at once when the client has gone, and says so', async () => {
    const abort = new AbortController();
    const response = await ask({ model: 'demo-tokens-600-rate-200-tag-gone', stream: true }, abort.signal);
    await response.body?.getReader().read();
    abort.abort();
    let seen = await report();
    while (seen.models['demo-tokens-600-rate-200-tag-gone']?.cancelled !== 1) seen = await report();
    const request = seen.requests.find(({ model }) => model.endsWith('tag-gone'));
    expect(request).toMatchObject({ state: 'cancelled', endedAt: expect.any(Number) });
    expect(request?.tokens).toBeLessThan(300);
  });

  it.each([
    ['demo-fail-429-retry-2000', 429, null],
    ['demo-fail-500', 500, null],
    ['demo-refuse-400', 400, 'invalid_value'],
    ['demo-refuse-context', 400, 'context_length_exceeded'],
    ['demo-error-body', 200, 'server_error'],
    ['gpt-unknown', 404, 'model_not_found'],
  ])('%s answers %i with an error body', async (model, status, code) => {
    const response = await ask({ model, stream: true });
    expect([response.status, errorSchema.parse(await response.json()).error.code]).toEqual([status, code]);
    expect(response.headers.get('retry-after')).toBe(status === 429 ? '2' : null);
  });

  it('fails once and then serves', async () => {
    expect((await ask({ model: 'demo-fail-503-once' })).status).toBe(503);
    expect((await ask({ model: 'demo-fail-503-once' })).status).toBe(200);
  });

  it('plays the faults of a stream after exactly so many tokens', async () => {
    await expect(stream('demo-cut-20-tokens-60')).rejects.toThrow('terminated');
    const error = await stream('demo-error-event-20-tokens-60');
    expect([count(error), error.includes('data: {"error"'), error.includes('[DONE]')]).toEqual([20, true, false]);
    const malformed = await stream('demo-malformed-10-tokens-60');
    expect([count(malformed), malformed.includes('chatcmpl-broken')]).toEqual([60, true]);
    const empty = await stream('demo-empty');
    expect([count(empty), empty.includes('"finish_reason":"')]).toEqual([0, false]);
    const bare = await stream('demo-no-usage-no-done', { stream_options: { include_usage: true } });
    expect([bare.includes('"usage"'), bare.includes('[DONE]')]).toEqual([false, false]);
    expect((await ask({ model: 'demo-html' })).headers.get('content-type')).toBe('text/html');
    await expect(ask({ model: 'demo-reset' })).rejects.toThrow('fetch failed');
  });

  it('keeps a stalled stream open until the client or a drain ends it', async () => {
    const response = await ask({ model: 'demo-stall-2', stream: true });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toContain('"role":"assistant"');
    await reader?.cancel();
    await expect(ask({ model: 'demo-silent' }, AbortSignal.timeout(50))).rejects.toThrow('timeout');
  });

  it('lists models and refuses wrong values by the catalogue', async () => {
    const models = await client.models.list();
    expect(models.data.map((model) => model.id)).toContain('demo-echo');
    const response = await ask({ model: 'demo-echo', max_tokens: 0 });
    expect([response.status, errorSchema.parse(await response.json()).error.code]).toEqual([400, 'invalid_parameter']);
  });

  it('documents every variable that it reads', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \|.*\| (.*) \|$/gm)].map(([, name, meaning]) => [name, meaning]);
    const variables = describeEnvironment(demoProviderEnvironmentSchema);
    expect(rows).toEqual(variables.map(({ name, description }) => [name, description]));
  });
});
