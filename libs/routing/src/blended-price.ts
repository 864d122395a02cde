import { rateOf, rowOf, type RateCard, type RateDimension } from '@apilink/pricing';

import type { AskingPrice } from './candidate-endpoint.js';

/**
 * What a typical chat request costs at this card now, in femto-USD per four tokens: three of input for one of output, the
 * blend in which prices of models are usually compared. A fee per request counts as one over 4,000 tokens. It only orders
 * endpoints of one family, so a float will do; no amount is ever derived from it.
 */
export function blendedPrice(card: RateCard, at: number): number {
  const { sell } = rowOf(card, { inputTokens: 0, serviceTier: null, at });
  const input = Number(rateOf(sell, 'input') ?? 0n);
  const output = Number(rateOf(sell, 'output') ?? 0n);
  const request = Number(rateOf(sell, 'request') ?? 0n);
  return 3 * input + output + request / 1000;
}

const FEMTO_PER_USD = 1e15;
const TOKENS_OF_A_QUOTE = 1e6;

/** What a customer is asked for now, in the units in which callers bound it; only compared, never charged. */
export function askingPrice(card: RateCard, at: number): AskingPrice {
  const { sell } = rowOf(card, { inputTokens: 0, serviceTier: null, at });
  const usd = (dimension: RateDimension): number => Number(rateOf(sell, dimension) ?? 0n) / FEMTO_PER_USD;
  return {
    prompt: usd('input') * TOKENS_OF_A_QUOTE,
    completion: usd('output') * TOKENS_OF_A_QUOTE,
    request: usd('request'),
    image: usd('image'),
  };
}
