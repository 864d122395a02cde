import type { Capability } from '@apilink/contracts';

import type { PriceRow } from '../price/rate-card.domain.js';
import { DEMO_PROVIDER } from './built-in-provider.domain.js';

export interface BuiltInModel {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly contextLength: number;
  readonly maxOutputTokens: number;
  readonly capabilities: readonly Capability[];
  readonly provider: string;
  readonly upstreamModel: string;
  /** Empty: known, but without a price, and therefore not served. */
  readonly rows: readonly PriceRow[];
}

type Prices = PriceRow['price'];
type Sizes = readonly [contextLength: number, maxOutputTokens: number];

const all: readonly Capability[] = ['tools', 'images', 'structured-output', 'reasoning', 'prompt-cache'];
const noImages: readonly Capability[] = ['tools', 'structured-output', 'reasoning', 'prompt-cache'];
const noReasoning: readonly Capability[] = ['tools', 'images', 'structured-output', 'prompt-cache'];

function model(
  [id, name]: readonly [id: string, name: string],
  [contextLength, maxOutputTokens]: Sizes,
  capabilities: readonly Capability[],
  rows: readonly PriceRow[],
): BuiltInModel {
  const [provider = '', ...upstream] = id.split('/');
  const upstreamModel = upstream.join('/');
  return { id, name, description: '', contextLength, maxOutputTokens, capabilities, provider, upstreamModel, rows };
}

const flat = (input: string, cacheRead: string, output: string): readonly PriceRow[] => [
  { price: { input, cacheRead, output } },
];

/** The whole request is priced by the second row once its input has so many tokens. */
const tiered = (below: Prices, minInputTokens: number, above: Prices): readonly PriceRow[] => [
  { price: below },
  { price: above, minInputTokens },
];

/** DeepSeek doubles its prices from 01:00 to 04:00 and from 06:00 to 10:00 UTC. */
const peaks = (usual: Prices, peak: Prices): readonly PriceRow[] => [
  { price: usual },
  { price: peak, utcWindow: { fromMinute: 60, toMinute: 240 } },
  { price: peak, utcWindow: { fromMinute: 360, toMinute: 600 } },
];

/**
 * Prices of @pydantic/genai-prices 0.1.8 (MIT, sha256 of the package 8c9ba41e…), context and output limits of
 * @earendil-works/pi-ai 0.74.2 (MIT, 5089c3ff…), both read on 22 November 2026. We sell at cost here: an operator who
 * wants a margin overrides a model in apilink.yaml.
 */
const realModels: readonly BuiltInModel[] = [
  model(
    ['openai/gpt-5.5', 'GPT-5.5'],
    [1_000_000, 128_000],
    all,
    tiered({ input: '5', cacheRead: '0.5', output: '30' }, 272_000, { input: '10', cacheRead: '1', output: '45' }),
  ),
  model(
    ['openai/gpt-5.4', 'GPT-5.4'],
    [1_050_000, 128_000],
    all,
    tiered({ input: '2.5', cacheRead: '0.25', output: '15' }, 272_000, {
      input: '5',
      cacheRead: '0.5',
      output: '22.5',
    }),
  ),
  model(['openai/gpt-5.4-mini', 'GPT-5.4 mini'], [400_000, 128_000], all, flat('0.75', '0.075', '4.5')),
  model(['openai/gpt-5.4-nano', 'GPT-5.4 nano'], [400_000, 128_000], all, flat('0.2', '0.02', '1.25')),
  model(['openai/gpt-5-mini', 'GPT-5 mini'], [400_000, 128_000], all, flat('0.25', '0.025', '2')),
  model(['openai/gpt-4.1', 'GPT-4.1'], [1_047_576, 32_768], noReasoning, flat('2', '0.5', '8')),
  model(['openai/gpt-4.1-mini', 'GPT-4.1 mini'], [1_047_576, 32_768], noReasoning, flat('0.4', '0.1', '1.6')),
  model(['openai/gpt-4o-mini', 'GPT-4o mini'], [128_000, 16_384], noReasoning, flat('0.15', '0.075', '0.6')),
  model(['openai/o4-mini', 'o4-mini'], [200_000, 100_000], all, flat('1.1', '0.275', '4.4')),
  model(
    ['deepseek/deepseek-v4-flash', 'DeepSeek V4 Flash'],
    [1_000_000, 384_000],
    noImages,
    peaks({ input: '0.22', cacheRead: '0.007', output: '0.66' }, { input: '0.44', cacheRead: '0.014', output: '1.32' }),
  ),
  model(
    ['deepseek/deepseek-v4-pro', 'DeepSeek V4 Pro'],
    [1_000_000, 384_000],
    noImages,
    peaks({ input: '0.66', cacheRead: '0.022', output: '1.98' }, { input: '1.32', cacheRead: '0.044', output: '3.96' }),
  ),
  model(['google/gemini-2.5-flash', 'Gemini 2.5 Flash'], [1_048_576, 65_536], all, [
    { price: { input: '0.3', cacheRead: '0.03', output: '2.5', audioInput: '1' } },
  ]),
  model(
    ['google/gemini-2.5-pro', 'Gemini 2.5 Pro'],
    [1_048_576, 65_536],
    all,
    tiered({ input: '1.25', cacheRead: '0.125', output: '10' }, 200_001, {
      input: '2.5',
      cacheRead: '0.25',
      output: '15',
    }),
  ),
  model(
    ['xai/grok-4.3', 'Grok 4.3'],
    [1_000_000, 30_000],
    all,
    tiered({ input: '1.25', cacheRead: '0.2', output: '2.5' }, 200_000, {
      input: '2.5',
      cacheRead: '0.4',
      output: '5',
    }),
  ),
  model(['moonshotai/kimi-k2.6', 'Kimi K2.6'], [262_144, 262_144], all, flat('0.95', '0.16', '4')),
  model(['moonshotai/kimi-k2.5', 'Kimi K2.5'], [262_144, 262_144], all, flat('0.6', '0.1', '3')),
  {
    ...model(['groq/gpt-oss-120b', 'GPT-OSS 120B'], [131_072, 65_536], noImages, flat('0.15', '0.075', '0.6')),
    upstreamModel: 'openai/gpt-oss-120b',
  },
];

const demo = (slug: string, description: string, upstreamModel: string, rows: readonly PriceRow[]): BuiltInModel => ({
  id: `demo/${slug}`,
  name: `Demo ${slug}`,
  description,
  contextLength: 128_000,
  maxOutputTokens: 16_384,
  capabilities: [],
  provider: DEMO_PROVIDER,
  upstreamModel,
  rows,
});

const demoRows: readonly PriceRow[] = [{ price: { input: '0.5', output: '1.5', cacheRead: '0.05' } }];

/** Models of the demo provider: what they do stands in its README. */
const demoModels: readonly BuiltInModel[] = [
  demo('echo', 'Answers offline, about 60 tokens a second.', 'demo-echo', demoRows),
  demo('long', 'Answers 6,000 tokens.', 'demo-long', demoRows),
  demo('fast', 'Answers 200 tokens at 2,000 a second.', 'demo-tokens-200-rate-2000', demoRows),
  demo('fail-once', 'Fails with 503 the first time, then answers.', 'demo-fail-503-once', demoRows),
  demo('fail', 'Always fails with 500.', 'demo-fail-500', demoRows),
  demo('cut', 'Breaks off after 20 tokens.', 'demo-cut-20-tokens-60', demoRows),
  demo('stall', 'Stops after 20 tokens and keeps the connection.', 'demo-stall-20-tokens-60', demoRows),
  demo('unpriced', 'Has no price and is therefore not served.', 'demo-echo', []),
];

export const builtInModels: readonly BuiltInModel[] = [...demoModels, ...realModels];
