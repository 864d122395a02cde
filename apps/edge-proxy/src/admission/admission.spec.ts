import { afterEach, describe, expect, it } from '@jest/globals';

import { createApiKey } from '@apilink/service';

import { accountId, EdgeWorld, keyId, MODEL, workspaceId } from '../rig/edge-world.factory.contract.js';
import type { UpstreamScript } from '../rig/scripted-upstream.factory.contract.js';
import { encodeWireId } from '@apilink/contracts';

let world: EdgeWorld;

afterEach(async () => world.close());

const good: UpstreamScript = (call) => call.head().text('Hi').finish().usage(7, 1).done();

async function expectRefusal(body: object, status: number, code: string): Promise<void> {
  const answer = await (await world.chat(body)).answer();
  expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([status, code]);
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  expect(answer.headers.get('request-id')).toBe(answer.headers.get('x-request-id'));
  expect((await world.gate()).holds).toEqual([]);
  expect(world.alpha.calls).toHaveLength(0);
}

describe('a request without money or right', () => {
  it.each([
    ['a balance that covers not even 16 tokens', { postedNanoUsd: 1000n }, 402, 'insufficient_balance'],
    ['a spent monthly cap', { key: { monthlyCapNanoUsd: 1000n } }, 402, 'key_cap_exhausted'],
    ['a daily cap of 0', { key: { dailyCapNanoUsd: 0n } }, 402, 'key_cap_exhausted'],
    ['a weekly cap of 0', { key: { weeklyCapNanoUsd: 0n } }, 402, 'key_cap_exhausted'],
    ['a budget of 0', { workspace: { monthlyBudgetNanoUsd: 0n } }, 403, 'workspace_budget_exhausted'],
    ['a spent balance', { postedNanoUsd: 0n }, 402, 'insufficient_balance'],
    ['a balance below zero', { postedNanoUsd: -5n }, 402, 'insufficient_balance'],
    ['a request limit', { key: { requestsPerMinute: 1, tokensPerMinute: 1 } }, 429, 'rate_limit_tokens'],
    ['a revoked key', { key: { status: 'revoked' as const } }, 401, 'revoked_api_key'],
    ['a disabled key', { key: { status: 'disabled' as const } }, 401, 'disabled_api_key'],
    ['an expired key', { key: { expiresAt: 1 } }, 401, 'expired_api_key'],
    ['a model outside the allow-list', { key: { models: ['acme/other'] } }, 403, 'model_not_allowed'],
  ])('is refused for %s, and nothing is held', async (_name, options, status, code) => {
    world = await EdgeWorld.open(options);
    await expectRefusal({ max_tokens: 100 }, status, code);
    expect(world.finals).toEqual([]);
  });

  it('carries the figures of the account on its refusal', async () => {
    world = await EdgeWorld.open({ postedNanoUsd: 1000n });
    const answer = await (await world.chat()).answer();
    expect(answer.headers.get('x-apilink-balance-remaining-usd')).toBe('0.000001000');
    expect(answer.headers.get('x-should-retry')).toBe('false');
  });

  it('tells when to come back on a limit', async () => {
    world = await EdgeWorld.open({ key: { concurrency: 1 } });
    const arriving = world.alpha.nextCall();
    await world.chat();
    await arriving;
    const answer = await (await world.chat()).answer();
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(answer.headers.get('retry-after-ms'))).toBeGreaterThan(0);
  });
});

describe('retry-after', () => {
  it('is an integer of a minute at most, however long the gate says', async () => {
    world = await EdgeWorld.open({ key: { tokensPerMinute: 5_000 } });
    world.alpha.play((call) => call.head().text('Hi'));
    await (await world.chat({ max_tokens: 4_000 })).until('Hi');
    const answer = await (await world.chat({ max_tokens: 4_000 })).answer();
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([429, 'rate_limit_tokens']);
    expect(answer.headers.get('retry-after')).toMatch(/^(?:[1-9]|[1-5]\d|60)$/);
    expect(Number(answer.headers.get('retry-after-ms'))).toBeLessThanOrEqual(60_000);
  });

  it('is an integer of a minute at most, whatever a provider asks for', async () => {
    world = await EdgeWorld.open();
    for (const upstream of [world.alpha, world.beta])
      upstream.play((call) => call.answer(429, 'x', { 'retry-after': '99999' }));
    const answer = await (await world.chat()).answer();
    expect(answer.headers.get('retry-after')).toBe('60');
    expect(answer.headers.get('retry-after-ms')).toBe('60000');
  });
});

describe('keys', () => {
  it.each([
    ['no key', { authorization: '' }, 'missing_api_key'],
    ['a malformed key', { authorization: 'Bearer sk-al-v1-short' }, 'malformed_api_key'],
    ['a key with a wrong checksum', { authorization: `Bearer sk-al-v1-${'a'.repeat(46)}` }, 'malformed_api_key'],
  ])('%s is 401 without any look-up', async (_name, headers, code) => {
    world = await EdgeWorld.open();
    const answer = await (await world.chat({}, headers)).answer();
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([401, code]);
    expect(world.billing.asked).toEqual([]);
  });

  it('are taken from x-api-key too', async () => {
    world = await EdgeWorld.open();
    world.alpha.play(good);
    const answer = await (await world.chat({}, { authorization: '', 'x-api-key': world.apiKey })).answer();
    expect(answer.status).toBe(200);
  });

  it('unknown to gate and billing are 401, and billing is asked once', async () => {
    world = await EdgeWorld.open();
    const { apiKey } = createApiKey();
    for (let time = 0; time < 2; time++) {
      const answer = await (await world.chat({}, { authorization: `Bearer ${apiKey}` })).answer();
      expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([401, 'unknown_api_key']);
    }
    expect(world.billing.asked).toEqual(['/internal/v1/key-lookups']);
  });

  it('are 503 and never 401 while billing is away', async () => {
    world = await EdgeWorld.open();
    world.billing.answer = () => ({ status: 500 });
    const { apiKey } = createApiKey();
    const answer = await (await world.chat({}, { authorization: `Bearer ${apiKey}` })).answer();
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([503, 'billing_unavailable']);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('may come 200 times at once with their first request: only look-ups that find nothing are limited', async () => {
    world = await EdgeWorld.open();
    world.alpha.play(good);
    const clients = await Promise.all(Array.from({ length: 200 }, async () => world.chat()));
    const answers = await Promise.all(clients.map(async (client) => client.answer()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const unknown = async (): Promise<number> =>
      (await (await world.chat({}, { authorization: `Bearer ${createApiKey().apiKey}` })).answer()).status;
    const statuses: number[] = [];
    for (let count = 0; count < 125; count++) statuses.push(await unknown());
    expect(statuses.indexOf(429)).toBeGreaterThanOrEqual(120);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
  }, 20_000);

  it('known to billing alone are served', async () => {
    world = await EdgeWorld.open();
    world.alpha.play(good);
    const { apiKey } = createApiKey();
    const body = {
      accountId: encodeWireId('acc', accountId),
      workspaceId: encodeWireId('ws', workspaceId),
      keyId: encodeWireId('key', keyId),
      timeZone: 'UTC',
    };
    world.billing.answer = () => ({ status: 200, body });
    const answer = await (await world.chat({}, { authorization: `Bearer ${apiKey}` })).answer();
    expect(answer.status).toBe(200);
  });
});

describe('the size of an answer', () => {
  it('is clamped to what the balance affords, told by header, and sent upstream', async () => {
    world = await EdgeWorld.open({ postedNanoUsd: 1_000_000n });
    world.alpha.play(good);
    const answer = await (await world.chat({ max_tokens: 4000 })).answer();
    const clamped = Number(answer.headers.get('x-apilink-max-tokens-clamped'));
    expect(clamped).toBeGreaterThan(16);
    expect(clamped).toBeLessThan(100);
    expect(world.alpha.calls[0]?.json['max_tokens']).toBe(clamped);
  });

  it("is clamped to the model's maximum", async () => {
    world = await EdgeWorld.open({ maxOutputTokens: 500 });
    world.alpha.play(good);
    const answer = await (await world.chat({ max_tokens: 1_000_000_000_000 })).answer();
    expect(answer.headers.get('x-apilink-max-tokens-clamped')).toBe('500');
    expect(world.alpha.calls[0]?.json['max_tokens']).toBe(500);
  });

  it('is left alone where the money suffices', async () => {
    world = await EdgeWorld.open();
    world.alpha.play(good);
    const answer = await (await world.chat({ max_tokens: 50 })).answer();
    expect(answer.headers.has('x-apilink-max-tokens-clamped')).toBe(false);
    expect(world.alpha.calls[0]?.json['max_tokens']).toBe(50);
    expect(world.alpha.calls[0]?.json['model']).toBe('upstream-model');
  });
});

describe('many requests on one balance', () => {
  it('admit exactly as many as it pays for, and the rest are 402', async () => {
    const hold = async (): Promise<bigint> => {
      world = await EdgeWorld.open();
      const arriving = world.alpha.nextCall();
      await world.chat({ max_tokens: 100 });
      await arriving;
      const held = (await world.gate()).heldNanoUsd;
      await world.close();
      return held;
    };
    const one = await hold();
    world = await EdgeWorld.open({ postedNanoUsd: one * 5n });
    world.alpha.play((call) => call.head().text('Hi'));
    const clients = await Promise.all(Array.from({ length: 20 }, async () => world.chat({ max_tokens: 100 })));
    await Promise.all(clients.map(async (client) => client.until('\r\n\r\n')));
    const statuses = clients.map((client) => client.received.slice(9, 12)).toSorted();
    expect(statuses).toEqual([...Array.from({ length: 5 }, () => '200'), ...Array.from({ length: 15 }, () => '402')]);
    expect((await world.gate()).heldNanoUsd).toBe(one * 5n);
  });
});

describe('hostile and wrong input', () => {
  it.each<[string, object, number, string]>([
    ['an unknown model', { model: 'nobody/knows' }, 404, 'model_not_found'],
    ['max_tokens 0', { max_tokens: 0 }, 400, 'invalid_parameter'],
    ['max_tokens -1', { max_tokens: -1 }, 400, 'invalid_parameter'],
    ['max_tokens "9"', { max_tokens: '9' }, 400, 'invalid_parameter'],
    ['n 10000', { n: 10_000 }, 400, 'invalid_parameter'],
    ['stream "yes"', { stream: 'yes' }, 400, 'invalid_parameter'],
  ])('%s is a catalogued error', async (_name, body, status, code) => {
    world = await EdgeWorld.open();
    await expectRefusal(body, status, code);
    expect(world.finals).toEqual([]);
  });

  it.each<[string, string, number, string]>([
    ['broken JSON', '{"model": "acme/echo-1", ', 400, 'invalid_json'],
    ['a repeated key', '{"model":"acme/echo-1","model":"b","messages":[]}', 400, 'duplicate_key'],
    [
      'depth 10,000',
      `{"model":"acme/echo-1","messages":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
      400,
      'json_too_deep',
    ],
  ])('%s is a catalogued error', async (_name, text, status, code) => {
    world = await EdgeWorld.open();
    const client = await world.client();
    client.post('/v1/chat/completions', world.apiKey, text);
    const answer = await client.answer();
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([status, code]);
    expect(answer.body).not.toMatch(/\n\s+at /);
    expect((await world.gate()).holds).toEqual([]);
  });

  it('a body above the limit is 413, told from its length or from its bytes', async () => {
    world = await EdgeWorld.open({ tuning: { body: { bytesMax: 1000, timeoutMs: 60_000 } } });
    const told = await world.client();
    told.post('/v1/chat/completions', world.apiKey, 'x'.repeat(1001));
    expect((await told.answer()).status).toBe(413);
    const untold = await world.client();
    untold.send(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: edge\r\nauthorization: Bearer ${world.apiKey}\r\n` +
        `content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    untold.send(`3e9\r\n${'x'.repeat(1001)}\r\n`);
    expect((await untold.answer()).status).toBe(413);
  });

  it('a body that does not arrive in time is 408', async () => {
    world = await EdgeWorld.open({ tuning: { body: { bytesMax: 1000, timeoutMs: 20 } } });
    const client = await world.client();
    client.post('/v1/chat/completions', world.apiKey, '', { 'content-length': '10' });
    expect((await client.answer()).status).toBe(408);
  });

  it.each<[string, Record<string, string>, number]>([
    ['an underscore in a header', { x_api_key: 'k' }, 400],
    ['an unknown content encoding', { 'content-encoding': 'gzip' }, 415],
    ['another content type', { 'content-type': 'text/plain' }, 415],
  ])('%s is refused', async (_name, headers, status) => {
    world = await EdgeWorld.open();
    const answer = await (await world.chat({}, headers)).answer();
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body).error.message).not.toBe('');
  });

  it.each([
    'host: a\r\nhost: b\r\n',
    'host: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n',
    'host: a\r\ntransfer-encoding: xchunked\r\n',
    'host: a\r\ntransfer-encoding: gzip, chunked\r\n',
  ])('a head that two parsers may read differently is 400: %j', async (lines) => {
    world = await EdgeWorld.open();
    const client = await world.client();
    client.send(`POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer ${world.apiKey}\r\n${lines}\r\n{}`);
    const answer = await client.answer();
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).error.code).toBe('invalid_header');
  });

  it('a wrong method is 405 with the right one, an unknown path 404', async () => {
    world = await EdgeWorld.open();
    const wrong = await world.get('/v1/chat/completions');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    const unknown = await world.get('/v1/nothing');
    expect([unknown.status, JSON.parse(unknown.body).error.code]).toEqual([404, 'not_found']);
  });

  it('a model of the table answers without its vendor too', async () => {
    world = await EdgeWorld.open();
    world.alpha.play(good);
    expect((await (await world.chat({ model: MODEL.split('/')[1] })).answer()).status).toBe(200);
  });
});
