import type { ConfiguredPriceRow } from '@apilink/contracts';

import type { CatalogModel } from './catalog-data.js';
import { DEMO_PROVIDER_ID } from './provider.js';

const demoPrices: ConfiguredPriceRow[] = [{ price: { input: '0.5', output: '1.5', cacheRead: '0.05' } }];

function demo(slug: string, description: string, upstreamModel: string, prices?: ConfiguredPriceRow[]): CatalogModel {
  return {
    id: `${DEMO_PROVIDER_ID}/${slug}`,
    name: `Demo ${slug}`,
    description,
    offers: [
      {
        provider: DEMO_PROVIDER_ID,
        upstreamModel,
        dialects: ['chat'],
        contextLength: 128_000,
        maxOutputTokens: 16_384,
        capabilities: [],
        ...(prices === undefined ? {} : { prices }),
      },
    ],
  };
}

/** Models of the demo provider, which needs no network: what they do stands in its README. */
export const demoModels: readonly CatalogModel[] = [
  demo('echo', 'Answers offline, about 60 tokens a second.', 'demo-echo', demoPrices),
  demo('long', 'Answers 6,000 tokens.', 'demo-long', demoPrices),
  demo('fast', 'Answers 200 tokens at 2,000 a second.', 'demo-tokens-200-rate-2000', demoPrices),
  demo('fail-once', 'Fails with 503 the first time, then answers.', 'demo-fail-503-once', demoPrices),
  demo('fail', 'Always fails with 500.', 'demo-fail-500', demoPrices),
  demo('cut', 'Breaks off after 20 tokens.', 'demo-cut-20-tokens-60', demoPrices),
  demo('stall', 'Stops after 20 tokens and keeps the connection.', 'demo-stall-20-tokens-60', demoPrices),
  demo('unpriced', 'Has no price and is therefore not served.', 'demo-echo'),
];
