import { describe, expect, it } from '@jest/globals';
import type { RateCard, Rates } from '@apilink/pricing';

import { blendedPrice } from './blended-price.js';

const noon = Date.UTC(2026, 10, 22, 12, 0);

function card(sell: Rates, offPeak?: Rates): RateCard {
  const always = { minInputTokens: 0, serviceTier: null, utcWindow: null, startsAt: null, cost: {} };
  const rows = [{ ...always, sell }];
  if (offPeak !== undefined) rows.push({ ...always, sell: offPeak });
  return { priceVersion: 'pv_test', modelId: 'demo/one', endpointId: 'demo/one', currency: 'USD', rows };
}

describe('blendedPrice', () => {
  it('weighs three tokens of input for one of output', () => {
    expect(blendedPrice(card({ input: 1_000_000_000n, output: 4_000_000_000n }), noon)).toBe(7_000_000_000);
  });

  it('counts a fee per request as one over 4,000 tokens', () => {
    expect(blendedPrice(card({ input: 0n, output: 0n, request: 1_000_000n }), noon)).toBe(1000);
  });

  it('goes by what the customer pays now', () => {
    const changing: RateCard = {
      ...card({ input: 2n, output: 2n }),
      rows: [
        ...card({ input: 2n, output: 2n }).rows,
        ...card({ input: 1n, output: 1n }).rows.map((row) => ({ ...row, startsAt: noon })),
      ],
    };
    expect([blendedPrice(changing, noon - 1), blendedPrice(changing, noon)]).toEqual([8, 4]);
  });
});
