import { encodeWireId, managedKeysApi } from '@apilink/contracts';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { accountId, EdgeWorld, keyId, workspaceId } from '../rig/edge-world.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

const managed: managedKeysApi.ManagedKey = {
  keyId,
  accountId,
  workspaceId,
  name: 'ci',
  hint: 'sk-al-v1-abc',
  status: 'active',
  management: false,
  dailyCapNanoUsd: null,
  weeklyCapNanoUsd: 2_000_000_000n,
  monthlyCapNanoUsd: null,
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrency: null,
  models: null,
  expiresAt: null,
  createdAt: 0,
  spent: { totalNanoUsd: 9_000_000_001n, dayNanoUsd: 1n, weekNanoUsd: 2_500_000_000n, monthNanoUsd: 3n },
};
const hash = encodeWireId('key', keyId);

async function openManaged(): Promise<managedKeysApi.ManagedKeyRequest['ask'][]> {
  world = await EdgeWorld.open({ key: { models: [] } });
  const asked: managedKeysApi.ManagedKeyRequest['ask'][] = [];
  world.billing.answer = (path, body) => {
    if (path !== managedKeysApi.managedKeysPath) return { status: 404 };
    const { ask } = managedKeysApi.managedKeyRequestSchema.parse(JSON.parse(body));
    asked.push(ask);
    const apiKey = ask.do === 'create' ? 'sk-al-v1-secret' : null;
    const reply = { outcome: 'done' as const, keys: [managed], apiKey };
    return { status: 200, body: z.encode(managedKeysApi.managedKeyReplySchema, reply) };
  };
  return asked;
}

async function send(method: string, path: string, body?: object) {
  const client = await world.client();
  const text = body === undefined ? '' : JSON.stringify(body);
  const head = `host: edge\r\nauthorization: Bearer ${world.apiKey}\r\ncontent-type: application/json\r\n`;
  client.send(`${method} ${path} HTTP/1.1\r\n${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  const answer = await client.answer();
  return { status: answer.status, body: JSON.parse(answer.body) };
}

describe('/api/v1/keys', () => {
  it('tells a key with its limit, what is left of it and what it spent, to the nano-dollar', async () => {
    await openManaged();
    const { data } = (await send('GET', `/api/v1/keys/${hash}`)).body;
    expect(data).toMatchObject({
      hash,
      disabled: false,
      limit: 2,
      limit_reset: 'weekly',
      limit_remaining: 0,
      usage: 9.000000001,
      spent_nano_usd: '9000000001',
      usage_weekly: 2.5,
      created_at: '1970-01-01T00:00:00.000Z',
    });
  });

  it('creates a key with a limit that starts anew each month, or as asked', async () => {
    const asked = await openManaged();
    const created = await send('POST', '/api/v1/keys', { name: 'ci', limit: 0.1 });
    expect([created.status, created.body.key]).toEqual([201, 'sk-al-v1-secret']);
    await send('POST', '/api/v1/keys', {
      name: 'ci',
      limit: 3,
      limit_reset: 'daily',
      expires_at: '2030-01-01T00:00:00Z',
    });
    await send('POST', '/api/v1/keys', { name: 'free' });
    expect(asked).toMatchObject([
      { do: 'create', monthlyCapNanoUsd: 100_000_000n, dailyCapNanoUsd: null, weeklyCapNanoUsd: null },
      { dailyCapNanoUsd: 3_000_000_000n, monthlyCapNanoUsd: null, expiresAt: Date.parse('2030-01-01') },
      { name: 'free' },
    ]);
    expect(asked[2]).not.toHaveProperty('monthlyCapNanoUsd');
  });

  it('keeps the period of a limit that is changed, and the amount of one whose period is', async () => {
    const asked = await openManaged();
    await send('PATCH', `/api/v1/keys/${hash}`, { limit: 5 });
    await send('PATCH', `/api/v1/keys/${hash}`, { limit_reset: 'daily' });
    await send('PATCH', `/api/v1/keys/${hash}`, { limit: null, disabled: true });
    expect(asked.filter((ask) => ask.do === 'update')).toMatchObject([
      { weeklyCapNanoUsd: 5_000_000_000n, monthlyCapNanoUsd: null },
      { dailyCapNanoUsd: 2_000_000_000n, weeklyCapNanoUsd: null },
      { weeklyCapNanoUsd: null, disabled: true },
    ]);
  });

  it('lists and ends keys', async () => {
    const asked = await openManaged();
    expect((await send('GET', '/api/v1/keys?include_disabled=true&offset=100')).body.data).toHaveLength(1);
    expect((await send('DELETE', `/api/v1/keys/${hash}`)).body).toEqual({ deleted: true });
    expect(asked).toEqual([
      { do: 'list', includeDisabled: true, offset: 100 },
      { do: 'revoke', keyId },
    ]);
  });

  it('is for management keys alone, and those call no model', async () => {
    world = await EdgeWorld.open();
    const refused = await send('GET', '/api/v1/keys');
    expect([refused.status, refused.body.error.metadata.error_type]).toEqual([403, 'management_key_needed']);
    expect(world.billing.asked).toEqual([]);
    await world.close();
    await openManaged();
    const called = await send('POST', '/v1/chat/completions', {
      model: 'acme/echo-1',
      messages: [{ role: 'user', content: 'Hello' }],
    });
    expect([called.status, called.body.error.code]).toEqual([403, 'management_key']);
    expect((await world.gate()).heldNanoUsd).toBe(0n);
    expect((await send('GET', '/api/v1/key')).body.data.is_management_key).toBe(true);
    expect((await send('GET', '/api/v1/credits')).body.data.total_credits).toBe(1);
  });

  it('says 404 for what it may not touch, 400 for a wrong limit, 503 while billing is away', async () => {
    await openManaged();
    expect((await send('GET', '/api/v1/keys/nonsense')).status).toBe(404);
    expect((await send('POST', '/api/v1/keys', { name: 'x', limit: -1 })).body.error).toMatchObject({
      code: 400,
      param: 'limit',
    });
    const forEver = await send('POST', '/api/v1/keys', { name: 'x', limit: 1, limit_reset: null });
    expect([forEver.status, forEver.body.error.param]).toEqual([400, 'limit_reset']);
    expect((await send('PATCH', `/api/v1/keys/${hash}`, { limit_reset: null })).status).toBe(400);
    expect((await send('POST', '/api/v1/keys', { name: 'x', limit: null, limit_reset: null })).status).toBe(201);
    world.billing.answer = () => ({ status: 200, body: { outcome: 'not_found' } });
    expect((await send('GET', `/api/v1/keys/${hash}`)).status).toBe(404);
    world.billing.answer = () => ({ status: 500 });
    expect((await send('GET', '/api/v1/keys')).status).toBe(503);
  });
});

describe('/api/v1/activity', () => {
  it('has a row for every day and model, and refuses what reports are not kept by', async () => {
    await openManaged();
    const sums = { requests: 2, inputTokens: 3, outputTokens: 4, cachedInputTokens: 0, reasoningTokens: 1 };
    const money = { chargeNanoUsd: 5n, writtenOffNanoUsd: 0n, cachePremiumAbsorbedNanoUsd: 0n };
    const row = { day: '2026-11-22', model: 'acme/echo-1', ...sums, ...money };
    world.billing.answer = (path) => ({
      status: path === managedKeysApi.accountActivityPath ? 200 : 404,
      body: z.encode(managedKeysApi.accountActivityReplySchema, { outcome: 'done', rows: [row] }),
    });
    expect((await send('GET', '/api/v1/activity?date=2026-11-22')).body.data).toMatchObject([
      { date: '2026-11-22', model: 'acme/echo-1', requests: 2, prompt_tokens: 3, usage: 5e-9, charge_nano_usd: '5' },
    ]);
    expect((await send('GET', '/api/v1/activity?user_id=u')).status).toBe(400);
    expect((await send('GET', '/api/v1/activity?date=yesterday')).status).toBe(400);
  });
});
