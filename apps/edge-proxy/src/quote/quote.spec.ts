import { quoteReplySchema, type QuoteReply } from '@apilink/contracts';
import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, MODEL, OUTPUT_NANO_USD } from '../rig/edge-world.factory.contract.js';
import type { ReceivedAnswer } from '../rig/raw-client.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

const messages = [{ role: 'user', content: 'Hello' }];

async function ask(body: object | string, apiKey = world.apiKey): Promise<ReceivedAnswer> {
  const whole = typeof body === 'string' ? body : { model: MODEL, messages, ...body };
  return (await world.client()).post('/v1/quote', apiKey, whole).answer();
}

async function quote(body: object = {}): Promise<QuoteReply> {
  const answer = await ask(body);
  expect(answer.status).toBe(200);
  return quoteReplySchema.parse(JSON.parse(answer.body));
}

describe('POST /v1/quote', () => {
  it('tells the hold that the call then takes, and holds and charges nothing', async () => {
    world = await EdgeWorld.open({ maxOutputTokens: 20_000 });
    const told = await quote({ max_tokens: 10_000, n: 2 });
    expect((await world.gate()).holds).toEqual([]);
    expect(world.alpha.calls).toHaveLength(0);
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    const answer = await (await world.chat({ max_tokens: 10_000, n: 2 })).answer();
    const heldNanoUsd = BigInt(answer.headers.get('x-apilink-hold-usd')?.replace('.', '') ?? '');
    expect(BigInt(told.hold.first_nano_usd)).toBe(heldNanoUsd);
    // The rest of the output of both choices beside the first step.
    const rest = 2n * (10_000n - 4_096n) * OUTPUT_NANO_USD;
    expect(BigInt(told.hold.worst_case_nano_usd)).toBe(heldNanoUsd + rest);
    expect(BigInt(told.hold.least_nano_usd)).toBe(heldNanoUsd - 2n * (4_096n - 16n) * OUTPUT_NANO_USD);
    expect(told).toMatchObject({
      model: MODEL,
      choices: 2,
      max_tokens: { asked: 10_000, model: 20_000, clamped: null },
      affordable: true,
      refusal: null,
    });
  });

  it('names who may answer, with their prices and nothing of what they cost us', async () => {
    world = await EdgeWorld.open({ sell: { input: 1_500_000_000n, output: 2_000_000_000n } });
    const { candidates, hold } = await quote();
    expect(candidates.map(({ provider }) => provider).toSorted()).toEqual(['alpha', 'beta']);
    const alpha = candidates.find(({ provider }) => provider === 'alpha');
    expect(alpha).toEqual({
      endpoint: `alpha/${MODEL}`,
      provider: 'alpha',
      price_version: expect.stringMatching(/^pv_/),
      worst_case_nano_usd: hold.worst_case_nano_usd,
      prices: [
        {
          min_input_tokens: 0,
          service_tier: null,
          utc_window: null,
          starts_at: null,
          usd_per_unit: { input: '0.0000015', output: '0.000002' },
        },
      ],
    });
  });

  it('tells the limit that the money affords, as the call would have it', async () => {
    world = await EdgeWorld.open({ maxOutputTokens: 100_000, workspace: { monthlyBudgetNanoUsd: 100_000_000n } });
    const { max_tokens: limit } = await quote({ max_tokens: 50_000 });
    expect(limit.clamped).toBeGreaterThan(9_000);
    expect(limit.clamped).toBeLessThan(10_000);
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    const answer = await (await world.chat({ max_tokens: 50_000 })).answer();
    expect(answer.headers.get('x-apilink-max-tokens-clamped')).toBe(String(limit.clamped));
  });

  it('tells a grant below the first step, too', async () => {
    world = await EdgeWorld.open({ postedNanoUsd: 20_000_000n });
    const { max_tokens: limit } = await quote({ max_tokens: 8_000 });
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    const answer = await (await world.chat({ max_tokens: 8_000 })).answer();
    expect(answer.headers.get('x-apilink-max-tokens-clamped')).toBe(String(limit.clamped));
  });

  it.each([
    ['an empty balance', { postedNanoUsd: 0n }, 402, 'insufficient_balance'],
    ['a cap of 0', { key: { weeklyCapNanoUsd: 0n } }, 402, 'key_cap_exhausted'],
    ['a spent budget', { workspace: { monthlyBudgetNanoUsd: 1n } }, 403, 'workspace_budget_exhausted'],
  ])('is told with %s, beside the refusal of the call', async (_name, options, status, code) => {
    world = await EdgeWorld.open(options);
    const told = await quote();
    expect(told).toMatchObject({ affordable: false, refusal: { status, code }, max_tokens: { clamped: null } });
    const answer = await (await world.chat()).answer();
    expect([answer.status, JSON.parse(answer.body).error.message]).toEqual([status, told.refusal?.message]);
  });
});

describe('errors of POST /v1/quote', () => {
  it.each<[string, object | string, object, number, string]>([
    ['an unknown model', { model: 'acme/none' }, {}, 404, 'model_not_found'],
    ['no messages', { messages: [] }, {}, 400, 'invalid_parameter'],
    ['a broken body', '{"model":', {}, 400, 'invalid_json'],
    [
      'pictures for a model without eyes',
      { messages: [{ role: 'user', content: [picture()] }] },
      {},
      400,
      'unsupported_parameter',
    ],
    ['a revoked key', {}, { key: { status: 'revoked' } }, 401, 'revoked_api_key'],
    ['a suspended workspace', {}, { workspace: { status: 'disabled' } }, 403, 'workspace_disabled'],
    ['a model outside the allow-list', {}, { key: { models: ['acme/other'] } }, 403, 'model_not_allowed'],
  ])('are those of the call for %s', async (_name, body, options, status, code) => {
    world = await EdgeWorld.open(options);
    const answer = await ask(body);
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([status, code]);
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  });

  it('are those of the call for a key that is none, and another method', async () => {
    world = await EdgeWorld.open();
    expect((await ask({}, 'sk-al-v1-nonsense')).status).toBe(401);
    const got = await world.get('/v1/quote');
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

function picture() {
  return { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
}
