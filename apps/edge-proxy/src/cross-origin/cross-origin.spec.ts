import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld } from '../rig/edge-world.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

const page = { origin: 'https://page.example' };

describe('a page of another origin', () => {
  it.each(['/v1/chat/completions', '/api/v1/chat/completions', '/v1/models', '/v1/messages'])(
    'may call %s with every header that it asks for, and needs no key to ask',
    async (path) => {
      world = await EdgeWorld.open();
      const asked = 'authorization, content-type, x-stainless-os, anthropic-version';
      const head = { ...page, 'access-control-request-method': 'POST', 'access-control-request-headers': asked };
      const answer = await world.get(path, { ...head, authorization: '' }, 'OPTIONS');
      expect(answer.status).toBe(204);
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('access-control-allow-methods')).toContain('POST');
      expect(answer.headers.get('access-control-allow-headers')).toBe(asked);
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
    },
  );

  it('reads answers, errors of both lanes and our headers', async () => {
    world = await EdgeWorld.open();
    for (const [path, method] of [
      ['/v1/models', 'GET'],
      ['/v1/nothing', 'GET'],
      ['/v1/chat/completions', 'GET'],
    ] as const) {
      const { headers } = await world.get(path, page, method);
      expect([path, headers.get('access-control-allow-origin')]).toEqual([path, '*']);
      const exposed = headers.get('access-control-expose-headers') ?? '';
      for (const name of ['x-generation-id', 'x-ratelimit-remaining-tokens', 'x-apilink-hold-usd', 'retry-after']) {
        expect([path, exposed.split(', ').includes(name)]).toEqual([path, true]);
      }
    }
  });

  it('reads a stream', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('Hello'));
    const client = await world.chat({}, page);
    await client.until('Hello');
    expect(client.received).toContain('access-control-allow-origin: *');
    expect(client.received).toContain('x-generation-id: gen_');
  });

  it('is told nothing of it where it is no page', async () => {
    world = await EdgeWorld.open();
    expect((await world.get('/v1/models')).headers.has('access-control-allow-origin')).toBe(false);
    expect((await world.get('/v1/models', page, 'OPTIONS')).status).toBe(405);
  });
});
