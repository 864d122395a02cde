import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OpenRouter } from '@openrouter/sdk';
import { z } from 'zod';

import { eventually, Instance } from './instance.js';

const MODEL = 'demo/echo';
const messages = [{ role: 'user' as const, content: 'Tell me something.' }];

/** Its client throws where an answer is not of its schemas, so that every call here checks a shape. */
describe('OpenRouter’s own SDK, with its base URL changed', () => {
  let instance: Instance;
  let client: OpenRouter;

  beforeAll(async () => {
    instance = await Instance.start();
    client = clientOf(instance.quickstart.apiKey);
  }, 120_000);

  afterAll(async () => {
    await instance.dispose();
  }, 60_000);

  function clientOf(apiKey: string): OpenRouter {
    return new OpenRouter({ apiKey, serverURL: `${instance.origin}/api/v1`, retryConfig: { strategy: 'none' } });
  }

  it('finds models, who serves them, and what the key may spend', async () => {
    const page = await client.models.list();
    const found = page.result.data.find(({ id }) => id === MODEL);
    expect(Number(found?.pricing.prompt)).toBeGreaterThan(0);
    expect((await client.models.count()).data.count).toBe(page.result.totalCount);
    expect((await client.models.get({ author: 'demo', slug: 'echo' })).data.id).toBe(MODEL);
    const { data } = await client.endpoints.list({ author: 'demo', slug: 'echo' });
    expect(data.endpoints.map(({ tag }) => tag)).toContain('demo');
    expect((await client.providers.list()).data.map(({ slug }) => slug)).toContain('demo');
    expect((await client.credits.getCredits()).data.totalCredits).toBe(1);
    const key = (await client.apiKeys.getCurrentKeyMetadata()).data;
    expect([key.isManagementKey, key.limit]).toEqual([false, null]);
  });

  it('chats, whole and streamed, and reads the receipt', async () => {
    const whole = await client.chat.send({ chatRequest: { model: MODEL, messages, maxTokens: 20, stream: false } });
    if (!('usage' in whole)) throw new Error('it streamed');
    expect(whole.usage?.cost).toBeGreaterThan(0);
    const stream = await client.chat.send({ chatRequest: { model: MODEL, messages, maxTokens: 20, stream: true } });
    if (!(Symbol.asyncIterator in stream)) throw new Error('it did not stream');
    let text = '';
    let finish: string | null = null;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      finish = chunk.choices[0]?.finishReason ?? finish;
    }
    expect(text.length).toBeGreaterThan(5);
    expect(finish).toMatch(/^(?:stop|length)$/);
    const answer = await fetch(`${instance.origin}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${instance.quickstart.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages, max_tokens: 20 }),
    });
    await answer.text();
    const id = answer.headers.get('x-generation-id') ?? '';
    const receipt = await client.generations.getGeneration({ id });
    expect([receipt.data.id, receipt.data.model]).toEqual([id, MODEL]);
  });

  it('tells a broken stream from a whole one: its last chunk is an error', async () => {
    const stream = await client.chat.send({ chatRequest: { model: 'demo/cut', messages, stream: true } });
    if (!(Symbol.asyncIterator in stream)) throw new Error('it did not stream');
    const last: unknown[] = [];
    const reading = async (): Promise<void> => {
      for await (const { error, choices } of stream) last.splice(0, 1, [error?.code, choices[0]?.finishReason]);
    };
    // The connection is cut behind it: nothing on the way may take the answer for a whole one.
    await expect(reading()).rejects.toThrow('terminated');
    expect(last).toEqual([[502, 'error']]);
  });

  it('knows errors by their status', async () => {
    const missing = client.chat.send({ chatRequest: { model: 'demo/none', messages, stream: false } });
    await expect(missing).rejects.toMatchObject({ name: 'NotFoundResponseError', error: { code: 404 } });
    await expect(clientOf('sk-al-v1-nonsense').models.list()).rejects.toMatchObject({ statusCode: 401 });
    await expect(client.apiKeys.list()).rejects.toMatchObject({ statusCode: 403 });
  });

  it('creates, lists, changes and ends keys with a management key, and sees the activity of the account', async () => {
    const { json } = await instance.apilink('key', 'create', '--management', '--name', 'automation');
    const manager = clientOf(z.looseObject({ apiKey: z.string() }).parse(json).apiKey);
    await expect(manager.chat.send({ chatRequest: { model: MODEL, messages, stream: false } })).rejects.toMatchObject({
      statusCode: 403,
    });

    const created = await manager.apiKeys.create({
      requestBody: { name: 'ci', limit: 0.5, limitReset: 'monthly', expiresAt: new Date('2100-01-01') },
    });
    expect(created.data).toMatchObject({ name: 'ci', limit: 0.5, limitRemaining: 0.5, limitReset: 'monthly' });
    const { hash } = created.data;
    const made = clientOf(created.key);
    await made.chat.send({ chatRequest: { model: MODEL, messages, maxTokens: 20, stream: false } });
    await eventually('the key’s spend is settled', async () =>
      (await manager.apiKeys.get({ hash })).data.usageMonthly > 0 ? true : null,
    );
    expect((await manager.apiKeys.list()).data.map((key) => key.hash)).toContain(hash);
    const { data: rows } = await manager.analytics.getUserActivity();
    expect(rows.find((row) => row.model === MODEL)?.requests).toBeGreaterThan(0);

    await manager.apiKeys.update({ hash, requestBody: { disabled: true } });
    await expect(made.credits.getCredits()).rejects.toMatchObject({ statusCode: 401 });
    expect((await manager.apiKeys.delete({ hash })).deleted).toBe(true);
    await expect(manager.apiKeys.get({ hash })).rejects.toMatchObject({ statusCode: 404 });
  });
});
