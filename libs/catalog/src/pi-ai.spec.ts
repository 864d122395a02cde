import { describe, expect, it } from '@jest/globals';

import { readPiAi } from './pi-ai.js';
import { CatalogSourceError } from './source-model.js';

const model = {
  id: 'one',
  name: 'One',
  type: 'chat',
  input: ['text', 'image'],
  reasoning: true,
  cost: { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
  contextWindow: 1000,
  maxTokens: 100,
};

function reading(changes: object) {
  const text = JSON.stringify({ 'openai-completions': { 'chat:one': { ...model, ...changes } } });
  return readPiAi(new Map([['acme', text]])).get('acme');
}

describe('readPiAi', () => {
  it('reads what a chat model can do, how long it may be, and what it costs', () => {
    expect(reading({})).toEqual([
      {
        id: 'one',
        name: 'One',
        description: '',
        contextLength: 1000,
        maxOutputTokens: 100,
        readsImages: true,
        reasons: true,
        prices: [{ price: { input: '2', output: '10', cacheRead: '0.2', cacheWrite5m: '2.5' } }],
        api: 'openai-completions',
      },
    ]);
  });

  it('takes a tier from above its number of tokens', () => {
    const tiers = [{ inputTokensAbove: 272_000, input: 4, output: 15, cacheRead: 0.4, cacheWrite: 5 }];
    expect(reading({ cost: { ...model.cost, tiers } })?.[0]?.prices[1]).toEqual({
      aboveInputTokens: 272_000,
      price: { input: '4', output: '15', cacheRead: '0.4', cacheWrite5m: '5' },
    });
  });

  it('takes zero for a price that is not known, never for one that is free', () => {
    const cost = { ...model.cost, cacheRead: 0, cacheWrite: 0 };
    expect(reading({ cost })?.[0]?.prices).toEqual([{ price: { input: '2', output: '10' } }]);
    expect(reading({ cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 } })?.[0]?.prices).toEqual([]);
  });

  it('leaves out what is no chat model', () => {
    expect(reading({ type: 'classifier' })).toEqual([]);
  });

  it.each([{ cost: { ...model.cost, input: -1 } }, { cost: { ...model.cost, input: 'free' } }, { contextWindow: 1.5 }])(
    'takes nothing of a file with %j',
    (changes) => {
      expect(() => reading(changes)).toThrow(CatalogSourceError);
    },
  );
});
