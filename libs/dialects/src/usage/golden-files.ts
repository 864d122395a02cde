import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parseRate, parseUsd, rateOfOneUnit } from '@apilink/money';
import { emptyUsage, rateDimensions, type RateCard, type Rates, type UsageVector } from '@apilink/pricing';

import { isRecord, listOf, textOf } from '../json/records.js';
import type { RequestedUnits, UsageTraits } from './usage-reading.js';

/** What a golden payload has to be read as, worked out by hand (libs/dialects/golden). */
export interface Golden {
  readonly dialect: string;
  readonly name: string;
  /** Null where the upstream's answer is no text (audio). */
  readonly payload: Buffer | null;
  readonly isStream: boolean;
  readonly traits: UsageTraits;
  readonly requested: RequestedUnits;
  readonly serviceTier: string | null;
  readonly usage: UsageVector | null;
  readonly problem: string | null;
  /** Null without a usage. */
  readonly card: RateCard | null;
  readonly costNanoUsd: bigint;
}

const folder = new URL('../../golden/', import.meta.url);

/** Every golden file, read by the spec that walks them all. */
export function goldens(): Golden[] {
  return readdirSync(folder).flatMap((dialect) =>
    readdirSync(new URL(`${dialect}/`, folder))
      .filter((file) => file.endsWith('.expected.json'))
      .map((file) => golden(dialect, file.slice(0, -'.expected.json'.length))),
  );
}

function golden(dialect: string, name: string): Golden {
  const expected: unknown = JSON.parse(readFileSync(new URL(`${dialect}/${name}.expected.json`, folder), 'utf8'));
  if (!isRecord(expected)) throw new TypeError(`${dialect}/${name}: not an object`);
  const stream = new URL(`${dialect}/${name}.sse`, folder);
  const answer = new URL(`${dialect}/${name}.json`, folder);
  const isStream = existsSync(stream);
  return {
    dialect,
    name,
    payload: isStream ? readFileSync(stream) : existsSync(answer) ? readFileSync(answer) : null,
    isStream,
    traits: {
      reasoningExcluded: false,
      reasoningUntold: false,
      oneSearchPerPrompt: false,
      ...recordOf(expected['traits']),
    },
    requested: { characters: 0, audioMilliseconds: null, searches: 0, ...recordOf(expected['requested']) },
    serviceTier: textOf(expected['serviceTier']),
    usage: isRecord(expected['usage']) ? { ...emptyUsage, ...expected['usage'] } : null,
    problem: textOf(expected['problem']),
    card: isRecord(expected['usage']) ? cardOf(expected['prices']) : null,
    costNanoUsd: BigInt(textOf(expected['costNanoUsd']) ?? '0'),
  };
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function cardOf(prices: unknown): RateCard {
  const rows = listOf(prices).map((price) => {
    const row = recordOf(price);
    const sell: Rates = { ...ratesOf(row['usdPerMillion'], parseRate), ...ratesOf(row['usdPerUnit'], rateOfOne) };
    const { minInputTokens } = row;
    return {
      minInputTokens: typeof minInputTokens === 'number' ? minInputTokens : 0,
      serviceTier: textOf(row['serviceTier']),
      utcWindow: null,
      startsAt: null,
      sell,
      cost: sell,
    };
  });
  return { priceVersion: 'golden', modelId: 'golden', endpointId: 'golden', currency: 'USD', rows };
}

function ratesOf(prices: unknown, parse: (text: string) => bigint | null): Rates {
  const rates: Rates = {};
  for (const [name, price] of Object.entries(recordOf(prices))) {
    const dimension = rateDimensions.find((known) => known === name);
    const rate = parse(textOf(price) ?? '');
    if (dimension === undefined || rate === null) throw new TypeError(`${name}: no price`);
    rates[dimension] = rate;
  }
  return rates;
}

function rateOfOne(text: string): bigint | null {
  const price = parseUsd(text);
  return price === null ? null : rateOfOneUnit(price);
}

/** The JSON documents in a payload: the data of each event, or the answer. */
export function documentsIn({ payload, isStream }: Golden): unknown[] {
  if (payload === null) return [];
  const text = payload.toString('utf8');
  if (!isStream) return [JSON.parse(text)];
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]')
    .map((line): unknown => JSON.parse(line.slice('data: '.length)));
}
