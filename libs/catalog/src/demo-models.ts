import type { Capability, ConfiguredPriceRow, Dialect } from '@apilink/contracts';

import type { CatalogModel } from './catalog-data.js';
import { DEMO_PROVIDER_ID } from './provider.js';

const demoPrices: ConfiguredPriceRow[] = [{ price: { input: '0.5', output: '1.5', cacheRead: '0.05' } }];

/** It reads and writes everything that a turn can hold. */
const capabilities: readonly Capability[] = [
  'tools',
  'images',
  'structured-output',
  'reasoning',
  'prompt-cache',
  'files',
  'audio',
];
const turnDialects: readonly Dialect[] = ['chat', 'responses', 'messages', 'gemini'];

function demo(
  slug: string,
  description: string,
  upstreamModel: string,
  { prices, dialects = turnDialects }: { prices?: ConfiguredPriceRow[]; dialects?: readonly Dialect[] } = {},
): CatalogModel {
  return {
    id: `${DEMO_PROVIDER_ID}/${slug}`,
    name: `Demo ${slug}`,
    description,
    offers: [
      {
        provider: DEMO_PROVIDER_ID,
        upstreamModel,
        dialects: [...dialects],
        contextLength: 128_000,
        maxOutputTokens: 16_384,
        capabilities: [...capabilities],
        ...(prices === undefined ? {} : { prices }),
      },
    ],
  };
}

/** A model whose provider speaks one dialect: a client of any other sees translation. */
function onlyIn(dialect: Dialect, called: string): CatalogModel {
  const description = `Speaks ${called} alone; every other dialect is translated.`;
  return demo(`${dialect}-only`, description, `demo-echo-tag-${dialect}only`, {
    prices: demoPrices,
    dialects: [dialect],
  });
}

/** A model that does one kind of work beside turns, sold by what that work is counted in. */
function worker(slug: string, description: string, dialect: Dialect, price: ConfiguredPriceRow['price']): CatalogModel {
  return demo(slug, description, `demo-echo-tag-${slug}`, { prices: [{ price }], dialects: [dialect] });
}

/** Models of the demo provider, which needs no network: what they do stands in its README. */
export const demoModels: readonly CatalogModel[] = [
  demo('echo', 'Answers offline, about 60 tokens a second.', 'demo-echo', { prices: demoPrices }),
  demo('long', 'Answers 6,000 tokens.', 'demo-long', { prices: demoPrices }),
  demo('fast', 'Answers 200 tokens at 2,000 a second.', 'demo-tokens-200-rate-2000', { prices: demoPrices }),
  demo('fail-once', 'Fails with 503 the first time, then answers.', 'demo-fail-503-once', { prices: demoPrices }),
  demo('fail', 'Always fails with 500.', 'demo-fail-500', { prices: demoPrices }),
  demo('cut', 'Breaks off after 20 tokens.', 'demo-cut-20-tokens-60', { prices: demoPrices }),
  demo('stall', 'Stops after 20 tokens and keeps the connection.', 'demo-stall-20-tokens-60', { prices: demoPrices }),
  demo('thinker', 'Thinks for 24 tokens before it answers.', 'demo-thinks-24', { prices: demoPrices }),
  onlyIn('chat', 'OpenAI chat completions'),
  onlyIn('responses', 'OpenAI responses'),
  onlyIn('messages', 'Anthropic messages'),
  onlyIn('gemini', 'Gemini generateContent'),
  worker('embedding', 'Vectors of length one; texts with words in common lie near each other.', 'embeddings', {
    input: '0.02',
  }),
  worker('image', 'Paints a PNG of coloured tiles, the same for the same prompt.', 'images', { image: '0.002' }),
  worker('speech', 'Speaks in tones, one for each character; wav and pcm.', 'speech', { characters: '5' }),
  worker('transcription', 'Hears two and a half words a second.', 'transcriptions', { seconds: '0.0001' }),
  worker('rerank', 'Ranks documents by the words that they share with the query.', 'rerank', { rerankSearch: '0.001' }),
  demo('unpriced', 'Has no price and is therefore not served.', 'demo-echo'),
];
