import { describe, expect, it } from '@jest/globals';
import { anything, assert, property } from 'fast-check';

import { noWishes, readWishes, wishfulName, type RoutingWishes } from './wishes.js';

function wishesOf(value: unknown): RoutingWishes {
  const reading = readWishes(value);
  if ('problem' in reading) throw new Error(`${reading.problem.param}: ${reading.problem.expected}`);
  return reading.wishes;
}

function problemOf(value: unknown) {
  const reading = readWishes(value);
  return 'problem' in reading ? reading.problem : null;
}

describe('readWishes', () => {
  it('wishes nothing when nothing is said', () => {
    expect(wishesOf(undefined)).toEqual(noWishes);
    expect(wishesOf(null)).toEqual(noWishes);
    expect(wishesOf({ order: null })).toEqual(noWishes);
  });

  it("reads OpenRouter's object whole", () => {
    const told = {
      order: ['Anthropic', 'Google-Vertex/us-east5'],
      only: ['anthropic'],
      ignore: ['azure'],
      allow_fallbacks: false,
      require_parameters: true,
      data_collection: 'deny',
      zdr: true,
      quantizations: ['fp8'],
      sort: 'throughput',
      max_price: { prompt: 1, completion: '2.5', request: null },
      preferred_min_throughput: { p50: 50, p90: 20 },
      preferred_max_latency: 1.5,
    };
    expect(wishesOf(told)).toEqual({
      order: ['anthropic', 'google-vertex/us-east5'],
      only: ['anthropic'],
      ignore: ['azure'],
      allowFallbacks: false,
      requireParameters: true,
      deniesTraining: true,
      zeroRetention: true,
      quantizations: ['fp8'],
      sort: 'throughput',
      maxPrice: { prompt: 1, completion: 2.5, request: null, image: null },
      preferredMinTokensPerSecond: 50,
      preferredMaxFirstTokenMs: 1500,
    });
  });

  it("reads OpenRouter's sort as an object, and ZenMux' routing", () => {
    expect(wishesOf({ sort: { by: 'latency', partition: 'none' } }).sort).toBe('latency');
    expect(wishesOf({ routing: { type: 'order', providers: ['A', 'b'] } })).toMatchObject({
      order: ['a', 'b'],
      allowFallbacks: false,
    });
    expect(wishesOf({ routing: { type: 'priority', primary_factor: 'cost', providers: ['a'] } })).toMatchObject({
      order: ['a'],
      sort: 'price',
      allowFallbacks: true,
    });
  });

  it.each<[unknown, string, string]>([
    ['anthropic', 'provider', 'an object'],
    [{ order: 'anthropic' }, 'provider.order', 'a list'],
    [{ only: ['a', 7] }, 'provider.only[1]', 'a name'],
    [{ only: Array.from({ length: 65 }, () => 'a') }, 'provider.only', 'at most 64'],
    [{ allow_fallbacks: 'no' }, 'provider.allow_fallbacks', 'true or false'],
    [{ data_collection: 'never' }, 'provider.data_collection', 'one of allow, deny'],
    [{ quantizations: ['fp8', 'fp9'] }, 'provider.quantizations[1]', 'fp16'],
    [{ sort: 'beauty' }, 'provider.sort', 'one of price, throughput, latency'],
    [{ sort: { by: 'beauty' } }, 'provider.sort.by', 'one of price'],
    [{ max_price: { prompt: -1 } }, 'provider.max_price.prompt', 'not negative'],
    [{ max_price: { tokens: 1 } }, 'provider.max_price.tokens', 'one of prompt'],
    [{ preferred_max_latency: { p42: 1 } }, 'provider.preferred_max_latency.p42', 'one of p50'],
    [{ routing: { type: 'magic' } }, 'provider.routing.type', 'one of priority, order'],
    [{ favourite: 'a' }, 'provider.favourite', 'one of order, only'],
    [{ only: ['a'], ignore: ['A'] }, 'provider.ignore', 'provider.only'],
  ])('refuses %j by the path of the member, with what it may be', (told, param, expected) => {
    expect(problemOf(told)).toEqual({ param, expected: expect.stringContaining(expected) });
  });

  it('answers every value, whatever it is, with wishes or with one problem', () => {
    assert(
      property(anything(), (value) => {
        const reading = readWishes(value);
        expect('problem' in reading ? reading.problem.param : 'provider').toMatch(/^provider/);
      }),
    );
  });
});

describe('wishfulName', () => {
  it.each([
    ['openai/gpt-5.5:floor', 'openai/gpt-5.5', { sort: 'price' }],
    ['openai/gpt-5.5:nitro', 'openai/gpt-5.5', { sort: 'throughput' }],
    ['openai/gpt-5.5:Azure', 'openai/gpt-5.5', { only: ['azure'] }],
    ['a:b:free', 'a:b', { maxPrice: { prompt: 0, completion: 0, request: 0, image: 0 } }],
  ])('takes %s apart', (name, model, wishes) => {
    expect(wishfulName(name)).toEqual({ model, wishes });
  });

  it.each(['openai/gpt-5.5', ':floor', 'gpt:'])('leaves %s whole', (name) => {
    expect(wishfulName(name)).toBeNull();
  });
});
