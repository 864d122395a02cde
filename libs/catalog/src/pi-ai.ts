import type { ConfiguredPriceRow, ConfiguredRates, RateDimension } from '@apilink/contracts';
import { z } from 'zod';

import { exactPrice } from './exact-price.js';
import { ExactNumber, LiteralError, readLiteral } from './literal.js';
import { CatalogSourceError, type SourceModel } from './source-model.js';

/** Reader of `@earendil-works/pi-ai`: which models a provider sells now, their context, output limit and base prices. */
export const PI_AI = '@earendil-works/pi-ai';
/** The folder of the package with one JSON file per provider. */
export const PI_AI_FOLDER = 'dist/providers/data';

const figure = z.instanceof(ExactNumber);
const count = figure.transform(({ text }) => Number(text)).pipe(z.number().int().min(0));
const costSchema = z.object({ input: figure, output: figure, cacheRead: figure, cacheWrite: figure });
type SourceCost = z.output<typeof costSchema>;

const modelSchema = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  input: z.array(z.string()),
  reasoning: z.boolean().default(false),
  cost: costSchema.extend({ tiers: z.array(costSchema.extend({ inputTokensAbove: count })).default([]) }),
  contextWindow: count.optional(),
  maxTokens: count.optional(),
});
const fileSchema = z.record(z.string(), z.record(z.string(), modelSchema));

export interface PiAiModel extends SourceModel {
  /** The package's name of the dialect, like `anthropic-messages`. */
  readonly api: string;
}

/** Chat models by the package's own id of their provider. */
export type PiAi = ReadonlyMap<string, readonly PiAiModel[]>;

/**
 * `files`: the JSON of each provider by its id.
 * @throws CatalogSourceError for a file of another shape, naming it
 */
export function readPiAi(files: ReadonlyMap<string, string>): PiAi {
  return new Map([...files].map(([provider, text]) => [provider, readFile(provider, text)]));
}

function readFile(provider: string, text: string): PiAiModel[] {
  const read = fileSchema.safeParse(literalOf(provider, text));
  if (!read.success) throw new CatalogSourceError(`${provider}.json: ${z.prettifyError(read.error)}`);
  return Object.entries(read.data).flatMap(([api, models]) =>
    Object.values(models)
      .filter(({ type }) => type === 'chat')
      .map((model) => sourceModel(api, model)),
  );
}

function literalOf(provider: string, text: string): unknown {
  try {
    return readLiteral(text);
  } catch (error) {
    if (!(error instanceof LiteralError)) throw error;
    throw new CatalogSourceError(`${provider}.json: ${error.message}`, { cause: error });
  }
}

function sourceModel(api: string, model: z.output<typeof modelSchema>): PiAiModel {
  return {
    id: model.id,
    name: model.name,
    description: '',
    contextLength: model.contextWindow ?? null,
    maxOutputTokens: model.maxTokens ?? null,
    readsImages: model.input.includes('image'),
    reasons: model.reasoning,
    prices: rowsOf(model.cost),
    api,
  };
}

function rowsOf({ tiers, ...base }: z.output<typeof modelSchema>['cost']): ConfiguredPriceRow[] {
  const price = ratesOf(base);
  // The package writes a price that it does not know as zero.
  if (price.input === undefined && price.output === undefined) return [];
  const above = tiers.toSorted((one, other) => one.inputTokensAbove - other.inputTokensAbove);
  return [{ price }, ...above.map((tier) => ({ aboveInputTokens: tier.inputTokensAbove, price: ratesOf(tier) }))];
}

const dimensions: readonly (readonly [keyof SourceCost, RateDimension])[] = [
  ['input', 'input'],
  ['output', 'output'],
  ['cacheRead', 'cacheRead'],
  ['cacheWrite', 'cacheWrite5m'],
];

/** Zero stands for unknown here, so it is left out: what has no price of its own costs what its total costs. */
function ratesOf(cost: SourceCost): ConfiguredRates {
  const rates: ConfiguredRates = {};
  for (const [key, dimension] of dimensions) {
    const exact = exactPrice(cost[key]);
    if (exact === null) throw new CatalogSourceError(`${key} has a price that is no figure from zero`);
    if (exact !== '0') rates[dimension] = exact;
  }
  return rates;
}
