import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { auditDifferences, Customer } from './customer.js';
import { eventually, Instance } from './instance.js';
import { answering, refusing, Wall } from './wall.js';

const MODEL = 'acme/echo-1';
const messages = [{ role: 'user', content: 'hi' }];
const usd = /^\d+\.\d{9}$/;
const duration = /^(\d+(\.\d+)?(ms|s|m|h))+$/;

function expectFigures(response: Response): void {
  expect(response.headers.get('x-request-id')).toBeTruthy();
  expect(response.headers.get('x-apilink-balance-remaining-usd')).toMatch(usd);
  for (const what of ['requests', 'tokens']) {
    expect(response.headers.get(`x-ratelimit-limit-${what}`)).toMatch(/^\d+$/);
    expect(response.headers.get(`x-ratelimit-remaining-${what}`)).toMatch(/^\d+$/);
    expect(response.headers.get(`x-ratelimit-reset-${what}`)).toMatch(duration);
  }
}

describe('limits and budget stand in the headers of every answer, and they bind', () => {
  let wall: Wall;
  let instance: Instance;

  beforeAll(async () => {
    wall = await Wall.start();
    instance = await Instance.start({
      configuration: catalogOf([{ id: MODEL, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'scripted' }] }]),
      environment: wallEnvironment,
    });
  }, 120_000);

  afterEach(async () => {
    expect(await auditDifferences(instance)).toEqual([]);
  });

  afterAll(async () => {
    await instance.dispose();
    await wall.stop();
  }, 60_000);

  it('on a stream, a whole answer, a refused request and a failed one', async () => {
    const customer = await Customer.create(instance, '1', ['--monthly-cap-usd', '0.5']);
    wall.script('scripted', answering({ tokens: 3 }));
    for (const stream of [true, false]) {
      const response = await customer.chat({ model: MODEL, stream, max_tokens: 10, messages });
      expectFigures(response);
      expect(response.headers.get('x-generation-id')).toMatch(/^gen_[0-9a-z]{26}$/);
      expect(response.headers.get('x-apilink-hold-usd')).toBe('0.000010000');
      expect(response.headers.get('x-apilink-key-cap-remaining-usd')).toMatch(usd);
      expect(response.headers.get('x-apilink-provider')).toBe('wall-0');
      expect(response.headers.get('x-apilink-attempts')).toBe('1');
      expect(Number(response.headers.get('x-apilink-overhead-ms'))).toBeGreaterThanOrEqual(0);
      await response.text();
    }
    const refused = await customer.chat({ model: MODEL, max_tokens: 0, messages });
    expect(refused.status).toBe(400);
    expectFigures(refused);
    wall.script('scripted', refusing(503, { error: { message: 'down' } }));
    const failed = await customer.chat({ model: MODEL, max_tokens: 10, messages });
    expect(failed.status).toBe(503);
    expectFigures(failed);
    expect(failed.headers.get('x-generation-id')).toMatch(/^gen_/);
  });

  it('each cap by itself, an alert from four fifths of one on, and what may run beside', async () => {
    const caps = ['--daily-cap-usd', '0.000050', '--weekly-cap-usd', '0.4', '--monthly-cap-usd', '0.5'];
    const customer = await Customer.create(instance, '1', [...caps, '--concurrency', '3']);
    const budget = ['--account', customer.accountId, '--monthly-budget-usd', '0.2'];
    expect((await instance.apilink('workspace', 'update', ...budget)).exitCode).toBe(0);
    wall.script('scripted', answering({ tokens: 15 }));
    const served = await customer.chat({ model: MODEL, stream: true, max_tokens: 15, messages });
    expect(await served.text()).toContain('[DONE]');
    const names = ['key-daily', 'key-weekly', 'key-monthly', 'workspace'];
    const leftIn = ({ headers }: Response) => names.map((name) => headers.get(`x-apilink-${name}-remaining-usd`));
    expect(leftIn(served)).toEqual(['0.000035000', '0.399985000', '0.499985000', '0.199985000']);
    expect(served.headers.get('x-apilink-budget-alert')).toBeNull();
    expect(served.headers.get('x-apilink-concurrency-remaining')).toBe('2');
    await customer.settled();
    // 15 spent and 28 held of the 50.
    const near = await customer.chat({ model: MODEL, max_tokens: 28, messages });
    expect(near.headers.get('x-apilink-budget-alert')).toBe('key_daily=0.86');
    await near.text();
    await customer.settled();
    // 30 of 50 are spent: 16 tokens are affordable, and more than 20 are cut.
    const clamped = await customer.chat({ model: MODEL, max_tokens: 1_000, messages });
    expect(clamped.headers.get('x-apilink-max-tokens-clamped')).toBe('20');
    expect(clamped.headers.get('x-apilink-budget-alert')).toBe('key_daily=1.00');
    await clamped.text();
    await customer.settled();
    // 45 of 50.
    const refused = await customer.chat({ model: MODEL, max_tokens: 16, messages });
    expect(refused.status).toBe(402);
    expect(await refused.text()).toContain('key_cap_exhausted');
    expect(leftIn(refused)).toEqual(['0.000005000', '0.399955000', '0.499955000', '0.199955000']);
    expect(refused.headers.get('x-apilink-budget-alert')).toBe('key_daily=0.90');
  });

  it('the worst case of a call, before it is made, without a hold', async () => {
    const customer = await Customer.create(instance, '0.01');
    const body = { model: MODEL, max_tokens: 30_000, messages };
    const quoted = await customer.post('/quote', body);
    expect(quoted.status).toBe(200);
    expectFigures(quoted);
    expect(await quoted.json()).toMatchObject({
      object: 'quote',
      model: MODEL,
      max_tokens: { asked: 30_000, clamped: 10_000 },
      hold: { least_nano_usd: '16000', first_nano_usd: '4096000', worst_case_nano_usd: '30000000' },
      affordable: true,
      candidates: [{ provider: 'wall-0', prices: [{ usd_per_unit: { input: '0', output: '0.000001' } }] }],
    });
    expect(await customer.credits()).toMatchObject({ held: 0n, spent: 0n });
    wall.script('scripted', answering({ tokens: 3 }));
    const called = await customer.chat(body);
    expect(called.headers.get('x-apilink-hold-usd')).toBe('0.004096000');
    expect(called.headers.get('x-apilink-max-tokens-clamped')).toBe('10000');
    await called.text();
  });

  it('requests a minute: the one too many gets 429 with an integer retry-after and costs nothing', async () => {
    const customer = await Customer.create(instance, '1', ['--rpm', '2']);
    wall.script('scripted', answering({ tokens: 1 }));
    const ask = async (): Promise<Response> => customer.chat({ model: MODEL, max_tokens: 5, messages });
    const served = [await ask(), await ask()];
    expect(served.map((response) => response.status)).toEqual([200, 200]);
    await Promise.all(served.map(async (response) => response.text()));
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(await refused.text()).toContain('rate_limit_requests');
    expect(refused.headers.get('retry-after')).toMatch(/^([1-9]|[1-5]\d|60)$/);
    expect(refused.headers.get('x-ratelimit-limit-requests')).toBe('2');
    expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect((await customer.settled()).spent).toBe(2000n);
  });

  it('concurrency: a third stream waits for one of two to end', async () => {
    const customer = await Customer.create(instance, '1', ['--concurrency', '2']);
    const finish = Promise.withResolvers<void>();
    wall.script('scripted', answering({ tokens: 1, beforeFinish: finish.promise }));
    const ask = async (): Promise<Response> => customer.chat({ model: MODEL, stream: true, max_tokens: 5, messages });
    const running = [await ask(), await ask()];
    const third = await ask();
    expect(third.status).toBe(429);
    expect(await third.text()).toContain('rate_limit_concurrency');
    finish.resolve();
    await Promise.all(running.map(async (response) => response.text()));
    await eventually('a place is free again', async () => {
      const response = await ask();
      await response.text();
      return response.status === 200 ? true : null;
    });
  });

  it('a key past its expiry is 401', async () => {
    const soon = new Date(Date.now() + 8000).toISOString();
    const customer = await Customer.create(instance, '1', ['--expires', soon]);
    wall.script('scripted', answering({ tokens: 1 }));
    const text = await eventually(
      'the key has expired',
      async () => {
        const response = await customer.chat({ model: MODEL, max_tokens: 5, messages });
        const body = await response.text();
        return response.status === 401 ? body : null;
      },
      20_000,
    );
    expect(text).toContain('expired_api_key');
  });

  it('/v1/key and /v1/credits tell the same figures as the receipts', async () => {
    const customer = await Customer.create(instance, '2', ['--monthly-cap-usd', '1']);
    wall.script('scripted', answering({ tokens: 42 }));
    await (await customer.chat({ model: MODEL, max_tokens: 100, messages })).text();
    const credits = await customer.settled();
    expect(credits).toEqual({ credited: 2_000_000_000n, spent: 42_000n, held: 0n, available: 1_999_958_000n });
    const key: unknown = await (await customer.get('/key')).json();
    expect(key).toMatchObject({
      data: { spent_nano_usd: '42000', spent_monthly_nano_usd: '42000', cap_remaining_nano_usd: '999958000', limit: 1 },
    });
  });
});
