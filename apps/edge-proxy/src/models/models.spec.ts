import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld } from '../rig/edge-world.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

const json = async (path: string, headers: Record<string, string> = {}) =>
  JSON.parse((await world.get(path, headers)).body);

describe('GET /v1/models', () => {
  it('lists prices as exact decimal strings, and is not sent twice', async () => {
    world = await EdgeWorld.open();
    const answer = await world.get('/v1/models');
    const list = JSON.parse(answer.body);
    expect(list).toMatchObject({ object: 'list', total_count: 1 });
    expect(list.data[0]).toMatchObject({
      id: 'acme/echo-1',
      object: 'model',
      owned_by: 'acme',
      pricing: { prompt: '0.000001', completion: '0.00001' },
    });
    expect(answer.headers.get('x-apilink-balance-remaining-usd')).toBe('1.000000000');
    const etag = answer.headers.get('etag') ?? '';
    expect((await world.get('/v1/models', { 'if-none-match': etag })).status).toBe(304);
    expect((await world.get('/v1/models', { 'if-none-match': '"another"' })).status).toBe(200);
  });

  it('is one object for clients of OpenAI, OpenRouter, Anthropic and Codex, at every path that they ask', async () => {
    world = await EdgeWorld.open({ capabilities: ['images', 'reasoning'] });
    const list = await json('/v1/models?client_version=0.169.0', { 'anthropic-version': '2023-06-01' });
    expect(list.data[0]).toMatchObject({
      type: 'model',
      display_name: 'Echo 1',
      created_at: '1970-01-01T00:00:00.000Z',
      architecture: { modality: 'text+image->text', input_modalities: ['text', 'image'] },
      links: { details: '/v1/models/acme/echo-1/endpoints' },
    });
    expect(list).toMatchObject({
      first_id: 'acme/echo-1',
      last_id: 'acme/echo-1',
      has_more: false,
      links: { next: null },
    });
    expect(list.models).toHaveLength(1);
    expect(list.models[0]).toMatchObject({
      slug: 'acme/echo-1',
      visibility: 'list',
      supported_in_api: true,
      context_window: 128_000,
      input_modalities: ['text', 'image'],
      default_reasoning_level: 'medium',
    });
    expect(await json('/api/v1/models')).toEqual(list);
    expect(await json('/api/v1/models/user')).toEqual(list);
    expect(await json('/api/v1/models/count')).toEqual({ data: { count: 1 } });
    expect((await json('/v1beta/models')).models).toMatchObject([
      { name: 'models/acme/echo-1', inputTokenLimit: 128_000 },
    ]);
  });

  it('tells a key no more than it may call, and everybody else the rest', async () => {
    world = await EdgeWorld.open({ key: { models: ['acme/another'] } });
    expect(await json('/v1/models')).toMatchObject({ data: [], models: [], total_count: 0, first_id: null });
    expect(await json('/api/v1/models/count')).toEqual({ data: { count: 0 } });
    expect((await world.get('/v1/models/acme/echo-1')).status).toBe(404);
    expect((await world.get('/v1/models/acme/echo-1/endpoints')).status).toBe(404);
    expect((await json('/v1beta/models')).models).toEqual([]);
  });

  it.each(['/v1/models/acme/echo-1', '/v1/models/acme%2Fecho-1', '/v1/models/echo-1', '/api/v1/models/acme/echo-1'])(
    'finds %s',
    async (path) => {
      world = await EdgeWorld.open();
      expect((await json(path)).id).toBe('acme/echo-1');
    },
  );

  it('tells who serves a model, at which price and in what health', async () => {
    world = await EdgeWorld.open();
    const { data } = await json('/v1/models/acme/echo-1/endpoints');
    expect(data).toMatchObject({ id: 'acme/echo-1', name: 'Echo 1' });
    expect(data.endpoints).toHaveLength(2);
    expect(data.endpoints[0]).toMatchObject({
      tag: 'alpha',
      provider_name: 'alpha',
      context_length: 128_000,
      status: 0,
      uptime_last_30m: null,
      pricing: { prompt: '0.000001' },
    });
    expect((await json('/api/v1/models/acme%2Fecho-1/endpoints')).data).toEqual(data);
    expect((await json('/api/v1/providers')).data.map(({ slug }: { slug: string }) => slug)).toEqual(['alpha', 'beta']);
    expect((await json('/api/v1/model/acme/echo-1')).data.id).toBe('acme/echo-1');
  });

  it('answers 404 for what it does not list, and 401 without a key, in the caller’s form', async () => {
    world = await EdgeWorld.open();
    expect((await json('/v1/models/acme/none')).error.code).toBe('model_not_found');
    expect((await json('/api/v1/models/acme/none')).error.code).toBe(404);
    expect((await json('/v1beta/models/none')).error.status).toBe('NOT_FOUND');
    expect((await world.get('/v1/models', { authorization: '' })).status).toBe(401);
  });
});
