import {
  conditionsText,
  type CatalogDifference,
  type CatalogModel,
  type CatalogOffer,
  type CatalogProvider,
  type PriceChange,
} from '@apilink/catalog';
import type { ConfiguredRates } from '@apilink/contracts';
import { rateDimensions } from '@apilink/pricing';

import { listLines, tableLines } from '../output/table.domain.js';

/** One line a model: who sells it, and what the cheapest of them asks for a million tokens at `now` (ms). */
export function modelLines(models: readonly CatalogModel[], now: number): string[] {
  const rows = models.map(({ id, offers }) => {
    const priced = offers.filter((offer) => offer.prices !== undefined);
    const prices = priced.flatMap((offer) => plainPrice(offer, now));
    const [price] = prices.toSorted((one, other) => sumOf(one) - sumOf(other));
    return [
      id,
      String(Math.max(...offers.map(({ contextLength }) => contextLength))),
      price?.input ?? '-',
      price?.output ?? '-',
      priced.length === 0 ? `no price (${names(offers)})` : names(priced),
    ];
  });
  return listLines(
    [
      { title: 'MODEL', align: 'left' },
      { title: 'CONTEXT', align: 'right' },
      { title: 'INPUT/M', align: 'right' },
      { title: 'OUTPUT/M', align: 'right' },
      { title: 'SOLD BY', align: 'left' },
    ],
    rows,
    'No model of the built-in catalog is like that.',
  );
}

/** What a short request pays without a service tier, outside of special hours. */
function plainPrice({ prices = [] }: CatalogOffer, now: number): ConfiguredRates[] {
  const row = prices.findLast(
    ({ aboveInputTokens, serviceTier, utc, from }) =>
      aboveInputTokens === undefined && serviceTier === undefined && utc === undefined && (from ?? 0) <= now,
  );
  return row === undefined ? [] : [row.price];
}

/** Orders by price for reading alone; nothing is charged by it. */
function sumOf({ input = '0', output = '0' }: ConfiguredRates): number {
  return Number(input) + Number(output);
}

function names(offers: readonly CatalogOffer[]): string {
  return offers.map(({ provider }) => provider).join(', ');
}

/** Everything that is known of one model: each offer with each of its prices. */
export function modelDetailLines({ id, name, description, offers }: CatalogModel): string[] {
  return [
    `${id} (${name})`,
    ...(description === '' ? [] : [description]),
    ...offers.flatMap((offer) => ['', ...offerLines(offer)]),
  ];
}

function offerLines(offer: CatalogOffer): string[] {
  const { provider, upstreamModel, dialects, contextLength, maxOutputTokens, capabilities, prices = [] } = offer;
  const spoken = dialects.length === 0 ? 'a dialect that is not served' : dialects.join(', ');
  return [
    `${provider}: ${upstreamModel}, ${spoken}; ${contextLength} tokens of context, ${maxOutputTokens} of output`,
    ...(capabilities.length === 0 ? [] : [`  ${capabilities.join(', ')}`]),
    ...(prices.length === 0 ? ['  no price: not served'] : []),
    ...prices.map((row) => {
      const rates = rateDimensions.flatMap((dimension) => {
        const rate = row.price[dimension];
        return rate === undefined ? [] : [`${dimension} ${rate}`];
      });
      const conditions = conditionsText(row);
      return `  ${conditions === '' ? '' : `${conditions}: `}${rates.join(', ')}`;
    }),
  ];
}

/** Whom the catalog knows, how they are reached, and what activates them. */
export function providerLines(providers: readonly CatalogProvider[], models: readonly CatalogModel[]): string[] {
  const counts = new Map<string, number>();
  for (const { provider } of models.flatMap(({ offers }) => offers)) {
    counts.set(provider, (counts.get(provider) ?? 0) + 1);
  }
  const rows = providers.map((provider) => {
    const count = String(counts.get(provider.id) ?? 0);
    if (provider.kind === 'listed') return [provider.id, count, '-', '-', `not served: ${provider.reason}`];
    const { keyVariable, baseUrlVariable, dialects, baseUrl } = provider;
    const variables = [keyVariable, baseUrlVariable].filter((variable) => variable !== null);
    return [provider.id, count, variables.join(', '), dialects.join(', '), baseUrl ?? `by ${baseUrlVariable ?? ''}`];
  });
  return tableLines(
    [
      { title: 'PROVIDER', align: 'left' },
      { title: 'MODELS', align: 'right' },
      { title: 'ACTIVATED BY', align: 'left' },
      { title: 'DIALECTS', align: 'left' },
      { title: 'BASE URL', align: 'left' },
    ],
    rows,
  );
}

/** What changes, shortest first; a line for each price. */
export function differenceLines(difference: CatalogDifference): string[] {
  const { newModels, removedModels, newOffers, removedOffers, unpricedOffers, changes } = difference;
  return [
    ...newModels.map((id) => `+ ${id}`),
    ...removedModels.map((id) => `- ${id}`),
    ...newOffers.map((offer) => `+ ${offer}`),
    ...removedOffers.map((offer) => `- ${offer}`),
    ...unpricedOffers.map((offer) => `! ${offer} has no price any more`),
    ...changes.map((change) => `${change.isJump ? '!' : '~'} ${changeText(change)}`),
  ];
}

export function changeText({
  modelId,
  provider,
  conditions,
  dimension,
  before,
  after,
  basisPoints,
}: PriceChange): string {
  const where = conditions === '' ? '' : ` (${conditions})`;
  const percent = basisPoints === null ? '' : ` (${percentText(basisPoints)})`;
  return `${modelId} at ${provider}${where}: ${dimension} ${before ?? 'no price'} → ${after ?? 'no price'}${percent}`;
}

function percentText(basisPoints: bigint): string {
  const sign = basisPoints < 0n ? '-' : '+';
  const size = basisPoints < 0n ? 0n - basisPoints : basisPoints;
  return `${sign}${size / 100n}.${String(size % 100n).padStart(2, '0')} %`;
}
