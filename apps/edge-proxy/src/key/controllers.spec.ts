import { creditsReplySchema, encodeWireId, keyReplySchema } from '@apilink/contracts';
import { afterEach, describe, expect, it } from '@jest/globals';

import { openReceipt } from '../generation/open-receipt.domain.js';
import { EdgeWorld } from '../rig/edge-world.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

describe('GET /v1/key and /v1/credits', () => {
  it('tell spent, held and left to the nano-dollar, open holds counted', async () => {
    world = await EdgeWorld.open({ key: { monthlyCapNanoUsd: 500_000_000n } });
    const arriving = world.alpha.nextCall();
    await world.chat({ max_tokens: 100 });
    await arriving;
    const { heldNanoUsd } = await world.gate();
    const key = JSON.parse((await world.get('/v1/key')).body).data;
    expect(key).toMatchObject({ spent_nano_usd: '0', spent_monthly_nano_usd: '0', limit: 0.5, usage: 0 });
    expect(key.cap_remaining_nano_usd).toBe((500_000_000n - heldNanoUsd).toString());
    const credits = JSON.parse((await world.get('/v1/credits')).body).data;
    expect(credits).toEqual({
      credited_nano_usd: '1000000000',
      spent_nano_usd: '0',
      held_nano_usd: heldNanoUsd.toString(),
      available_nano_usd: (1_000_000_000n - heldNanoUsd).toString(),
      total_credits: 1,
      total_usage: 0,
    });
  });

  it('have all of the fields that clients of OpenRouter parse, and each cap by itself', async () => {
    world = await EdgeWorld.open({
      key: { dailyCapNanoUsd: 500_000_000n, weeklyCapNanoUsd: 0n, concurrency: 4 },
      workspace: { monthlyBudgetNanoUsd: 2_000_000_000n },
    });
    const key = await world.get('/v1/key');
    const { data } = keyReplySchema.parse(JSON.parse(key.body));
    expect(Object.keys(data).toSorted()).toEqual(Object.keys(keyReplySchema.shape.data.shape).toSorted());
    expect(data).toMatchObject({
      cap_remaining_nano_usd: '0',
      caps: {
        daily: { limit_nano_usd: '500000000', remaining_nano_usd: '500000000' },
        weekly: { limit_nano_usd: '0', remaining_nano_usd: '0' },
        monthly: null,
      },
      workspace_budget: { limit_nano_usd: '2000000000', remaining_nano_usd: '2000000000' },
      limits: { requests_per_minute: 60_000, tokens_per_minute: 100_000_000, concurrency_remaining: 4 },
      limit: 0,
      limit_reset: 'weekly',
    });
    expect(key.headers.get('x-apilink-budget-alert')).toBe('key_weekly=1.00');
    const credits = await world.get('/v1/credits');
    expect(creditsReplySchema.parse(JSON.parse(credits.body)).data.available_nano_usd).toBe('1000000000');
    expect(credits.headers.get('x-apilink-workspace-remaining-usd')).toBe('2.000000000');
  });

  it('refuse a revoked key', async () => {
    world = await EdgeWorld.open({ key: { status: 'revoked' } });
    const answer = await world.get('/v1/key');
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([401, 'revoked_api_key']);
  });

  it('are 503 while gate and billing cannot tell, never 401', async () => {
    world = await EdgeWorld.open({
      wrapStore: (store) => ({
        admit: async (request) => store.admit(request),
        resize: async (request) => store.resize(request),
        renew: async (request) => store.renew(request),
        read: async () => Promise.reject(new Error('away')),
        findKey: async (hash) => store.findKey(hash),
        isHoldOpen: async (account, hold) => store.isHoldOpen(account, hold),
        close: async () => store.close(),
      }),
    });
    const answer = await world.get('/v1/key');
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([503, 'billing_unavailable']);
  });
});

describe('GET /v1/generation', () => {
  it('is open while it runs, then what billing says', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('Hello'));
    const client = await world.chat();
    await client.until('Hello');
    const id = /x-generation-id: (\S+)/.exec(client.received)?.[1] ?? '';
    const open = JSON.parse((await world.get(`/v1/generation?id=${id}`)).body).data;
    expect(open).toMatchObject({ id, state: 'open', outcome: null, charge_nano_usd: '0' });
    expect(BigInt(open.hold_nano_usd)).toBe((await world.gate()).heldNanoUsd);
    const settled = {
      ...openReceipt({ generation: id, account: 'a', workspace: 'w', key: 'k', hold: null, at: 0 }),
      state: 'settled',
    };
    world.billing.answer = () => ({ status: 200, body: { data: settled, signature: 'a.b.c' } });
    expect(JSON.parse((await world.get(`/v1/generation?id=${id}`)).body)).toEqual({
      data: settled,
      signature: 'a.b.c',
    });
  });

  it('is 404 for an id that nobody knows, 503 while billing is away', async () => {
    world = await EdgeWorld.open();
    const id = encodeWireId('gen', '01900000-0000-7000-8000-000000000099');
    expect((await world.get(`/v1/generation?id=${id}`)).status).toBe(404);
    expect((await world.get('/v1/generation?id=nonsense')).status).toBe(404);
    expect((await world.get('/v1/generation')).status).toBe(400);
    world.billing.answer = () => ({ status: 500 });
    const away = await world.get(`/v1/generation?id=${id}`);
    expect([away.status, JSON.parse(away.body).error.code]).toEqual([503, 'billing_unavailable']);
  });
});

describe('GET /.well-known/apilink-receipts', () => {
  it('has the keys of receipts on the address that answered, without an API key', async () => {
    world = await EdgeWorld.open();
    const keys = [{ kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'k', alg: 'EdDSA', use: 'sig' }];
    world.billing.answer = () => ({ status: 200, body: { keys } });
    const answer = await world.get('/.well-known/apilink-receipts', { authorization: '' });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { keys }]);
  });
});

describe('HEAD /api/hello', () => {
  it('answers without a key', async () => {
    world = await EdgeWorld.open();
    const client = await world.client();
    client.send('HEAD /api/hello HTTP/1.1\r\nhost: edge\r\n\r\n');
    await client.until('\r\n\r\n');
    expect(client.received).toContain('HTTP/1.1 200');
  });
});
