import type { FemtoUsd } from '@apilink/money';
import { rateOf, rowOf, type RateCard, type RateDimension } from '@apilink/pricing';

/** Told even where they are nothing: clients reckon with them. */
const always: readonly (readonly [name: string, dimension: RateDimension])[] = [
  ['prompt', 'input'],
  ['completion', 'output'],
  ['request', 'request'],
  ['image', 'image'],
  ['web_search', 'webSearch'],
  ['internal_reasoning', 'reasoning'],
  ['input_cache_read', 'cacheRead'],
  ['input_cache_write', 'cacheWrite5m'],
];
const whereSold: readonly (readonly [name: string, dimension: RateDimension])[] = [
  ['input_cache_write_1h', 'cacheWrite1h'],
  ['image_token', 'imageInput'],
  ['image_output', 'imageOutput'],
  ['audio', 'audioInput'],
  ['audio_output', 'audioOutput'],
];

/** OpenRouter's `pricing` of an endpoint: USD of one token, request, image or search, as exact decimal strings. */
export function pricingOf(card: RateCard | null, at: number): Record<string, string> {
  const sell = card === null ? {} : rowOf(card, { inputTokens: 0, serviceTier: null, at }).sell;
  const told = always.map(([name, dimension]) => [name, usdPerUnit(rateOf(sell, dimension) ?? 0n)] as const);
  const sold = whereSold.flatMap(([name, dimension]) => {
    const rate = rateOf(sell, dimension) ?? 0n;
    return rate === 0n ? [] : [[name, usdPerUnit(rate)] as const];
  });
  return Object.fromEntries([...told, ...sold]);
}

/** Femto-USD as an exact decimal without trailing zeros: `0.0000005`. */
export function usdPerUnit(femto: FemtoUsd): string {
  const digits = femto.toString().padStart(16, '0');
  const fraction = digits.slice(-15).replace(/0+$/, '');
  const whole = digits.slice(0, -15);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
