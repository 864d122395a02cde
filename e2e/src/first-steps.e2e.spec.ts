import { statSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { z } from 'zod';

import { auditDifferences } from './customer.js';
import { Instance } from './instance.js';

const accountSchema = z.looseObject({ available_nano_usd: z.string() });
const receiptSchema = z.looseObject({
  outcome: z.string(),
  charge_nano_usd: z.string(),
  hold_nano_usd: z.string(),
  price_version: z.string(),
});

describe('what a newcomer sees after the first command', () => {
  let instance: Instance;

  beforeAll(async () => {
    instance = await Instance.start();
  }, 120_000);

  afterAll(async () => {
    await instance.dispose();
  }, 60_000);

  function client(): OpenAI {
    return new OpenAI({ baseURL: instance.quickstart.baseUrl, apiKey: instance.quickstart.apiKey, maxRetries: 0 });
  }

  it('writes quickstart.json for its owner alone and prints key, curl and the first-steps page', async () => {
    expect(statSync(join(instance.dataDir, 'quickstart.json')).mode & 0o777).toBe(0o600);
    expect(instance.printed).toContain(instance.quickstart.apiKey);
    expect(instance.printed).toMatch(/curl .*\/v1\/chat\/completions/);
    expect((await fetch(instance.quickstart.statusUrl ?? '')).status).toBe(200);
  });

  it('serves a first-steps page with the key and the curl line', async () => {
    const page = await fetch(`${instance.origin}/`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await page.text()).toContain(instance.quickstart.apiKey);
  });

  it('streams an answer of the demo provider, whose receipt and balance agree to the nano-dollar', async () => {
    const before = accountSchema.parse(
      (await instance.apilink('account', 'show', '--account', instance.quickstart.accountId)).json,
    );
    const { data: stream, response } = await client()
      .chat.completions.create({
        model: 'demo/echo',
        stream: true,
        max_tokens: 40,
        messages: [{ role: 'user', content: 'Tell me something.' }],
      })
      .withResponse();
    let text = '';
    let finish: string | null = null;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      finish = chunk.choices[0]?.finish_reason ?? finish;
    }
    expect(text.length).toBeGreaterThan(10);
    expect(finish).toMatch(/^(stop|length)$/);

    const id = response.headers.get('x-generation-id') ?? '';
    const receipt = receiptSchema.parse((await instance.apilink('receipt', id)).json);
    expect(receipt.outcome).toBe('completed');
    const after = accountSchema.parse(
      (await instance.apilink('account', 'show', '--account', instance.quickstart.accountId)).json,
    );
    expect(BigInt(before.available_nano_usd) - BigInt(after.available_nano_usd)).toBe(BigInt(receipt.charge_nano_usd));
    expect(BigInt(receipt.charge_nano_usd)).toBeGreaterThan(0n);
  });

  it('answers without streaming, with the cost in the usage', async () => {
    const answer = await client().chat.completions.create({
      model: 'demo/echo',
      max_tokens: 12,
      messages: [{ role: 'user', content: 'Hello' }],
    });
    expect(answer.choices[0]?.message.content).toBeTruthy();
    expect(z.looseObject({ cost: z.number(), cost_nano_usd: z.string() }).safeParse(answer.usage).success).toBe(true);
  });

  it('lists the models', async () => {
    const models = await client().models.list();
    expect(models.data.map((model) => model.id)).toContain('demo/echo');
  });

  it('stops with exit code 0, starts again within 10 s and keeps key and balance', async () => {
    const { apiKey, accountId } = instance.quickstart;
    const before = (await instance.apilink('account', 'show', '--account', accountId)).json;
    expect((await instance.stop('SIGINT')).exitCode).toBe(0);
    expect(await instance.startAgain()).toBeLessThan(10_000);
    expect(instance.quickstart).toMatchObject({ apiKey, accountId });
    expect((await instance.apilink('account', 'show', '--account', accountId)).json).toEqual(before);
    expect(await auditDifferences(instance)).toEqual([]);
  });

  it('finds its way back by itself after kill -9', async () => {
    await instance.stop('SIGKILL');
    await instance.startAgain();
    expect(await auditDifferences(instance)).toEqual([]);
  });

  it('refuses a second process on the same data folder, in one sentence', async () => {
    const ended = await Instance.startExpectingEnd({ environment: { APILINK_DATA_DIR: instance.dataDir } });
    expect(ended.exitCode).not.toBe(0);
    expect(ended.output).toMatch(/data folder|APILINK_DATA_DIR/);
    expect(ended.output).not.toMatch(/\n\s+at /);
  });

  it('proves its audit: every kind of tampering is found', async () => {
    const selfTest = await instance.apilink('audit', '--self-test');
    expect(selfTest.stderr + selfTest.stdout).not.toMatch(/not found/i);
    expect(selfTest.exitCode).toBe(0);
  });
});
