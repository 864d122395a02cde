import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, MODEL } from '../rig/edge-world.factory.contract.js';
import type { UpstreamScript } from '../rig/scripted-upstream.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

const good: UpstreamScript = (call) => call.head().text('ok').finish().usage(7, 1).done();

async function asked(body: Record<string, unknown>) {
  world = await EdgeWorld.open();
  world.alpha.play(good);
  world.beta.play(good);
  return (await world.chat(body)).answer();
}

async function refusalOf(body: Record<string, unknown>) {
  const answer = await asked(body);
  const { error } = JSON.parse(answer.body);
  return { status: answer.status, code: error.code, param: error.param, message: error.message };
}

describe('what a caller wants of routing', () => {
  it.each<[string, Record<string, unknown>]>([
    ['an order', { provider: { order: ['beta', 'alpha'] } }],
    ['only', { provider: { only: ['Beta'] } }],
    ['ignore', { provider: { ignore: ['alpha'] } }],
    ["ZenMux' routing", { provider: { routing: { type: 'order', providers: ['beta'] } } }],
    ['an endpoint by its id', { provider: { only: [`beta/${MODEL}`] } }],
    ['a suffix', { model: `${MODEL}:beta` }],
  ])('is obeyed: %s', async (_wish, body) => {
    expect((await asked(body)).status).toBe(200);
    expect((await world.final()).answeredBy?.endpointId).toBe(`beta/${MODEL}`);
  });

  it('ends with the one provider that it allows, when that one fails', async () => {
    world = await EdgeWorld.open();
    world.beta.play((call) => call.answer(503, 'away'));
    world.alpha.play(good);
    const body = { provider: { order: ['beta'], allow_fallbacks: false } };
    expect((await (await world.chat(body)).answer()).status).toBe(503);
    expect((await world.final()).attempts.map(({ provider }) => provider)).not.toContain('alpha');
  });

  it('tells of each endpoint why it was left out, when nobody is left', async () => {
    const refusal = await refusalOf({ provider: { only: ['nobody'] } });
    expect(refusal).toMatchObject({ status: 404, code: 'no_endpoint_wanted', param: 'provider' });
    expect(refusal.message).toContain(`alpha/${MODEL} (provider_not_listed), beta/${MODEL} (provider_not_listed)`);
    await world.close();
    const tooDear = await refusalOf({ model: `${MODEL}:free` });
    expect(tooDear.message).toContain('price_above_max');
  });

  it.each([
    [{ provider: { sort: 'beauty' } }, 'provider.sort', 'price, throughput, latency'],
    [{ provider: { order: ['nobody'] } }, 'provider.order', 'alpha, beta'],
    [{ provider: { max_price: { prompt: 'cheap' } } }, 'provider.max_price.prompt', 'not negative'],
    [{ provider: { only: ['alpha'], ignore: ['alpha'] } }, 'provider.ignore', 'provider.only'],
    [{ provider: 'alpha' }, 'provider', 'an object'],
  ])('is refused by its path when it cannot be understood: %j', async (body, param, allowed) => {
    const refusal = await refusalOf(body);
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_parameter', param });
    expect(refusal.message).toContain(allowed);
  });

  it('does not make a model of a name that has none', async () => {
    expect(await refusalOf({ model: 'nobody/nothing:floor' })).toMatchObject({ status: 404, code: 'model_not_found' });
  });
});
