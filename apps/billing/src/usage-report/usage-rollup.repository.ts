import type { AccountId, usageApi } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import { partsOf, type RollupSource, type SummedRow } from './usage-breakdown.domain.js';

export interface RollupQuestion extends RollupSource {
  readonly accountId: AccountId;
  /** Days of the account, both included. */
  readonly from: string;
  readonly to: string;
}

/** Reads the sums that the triggers of `holds` keep; nothing here looks at a single request. */
export class UsageRollupRepository {
  /** By charge, highest first, or by time. */
  async rows(sql: Sql, question: RollupQuestion, limit: number): Promise<readonly SummedRow[]> {
    const { grouping } = question;
    const values = grouping === 'value' ? spanOf(question) : keyOf(question);
    const text = `${ROWS[grouping]} LIMIT $${values.length + 1}`;
    const rows = await sql.query<SumsRow & { value: string }>(text, [...values, limit]);
    return rows.map((row) => ({ value: row.value, ...sumsOf(row) }));
  }

  /** Of each day and model, the latest day first and within it by charge. */
  async modelsByDay(
    sql: Sql,
    { accountId, from, to }: Pick<RollupQuestion, 'accountId' | 'from' | 'to'>,
    limit: number,
  ): Promise<readonly (usageApi.UsageSums & { readonly day: string; readonly model: string })[]> {
    const values = [accountId, 'model', from, to, limit];
    const rows = await sql.query<SumsRow & { day: string; model: string }>(MODELS_BY_DAY, values);
    return rows.map((row) => ({ day: row.day, model: row.model, ...sumsOf(row) }));
  }

  async total(sql: Sql, question: RollupQuestion): Promise<usageApi.UsageSums> {
    const [row] = await sql.query<SumsRow>(`SELECT ${SUMS} FROM ${SPAN}`, spanOf(question));
    if (row === undefined) throw new Error('a sum without GROUP BY has no row');
    return sumsOf(row);
  }

  /** Names of keys or workspaces of an account, by id. */
  async names(sql: Sql, accountId: AccountId, facet: 'key' | 'workspace'): Promise<ReadonlyMap<string, string>> {
    const rows = await sql.query<{ id: string; name: string }>(NAMES[facet], [accountId]);
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}

interface SumsRow {
  readonly requests: string;
  readonly charge: string;
  readonly written_off: string;
  readonly absorbed: string;
  readonly input: string;
  readonly output: string;
  readonly cached: string;
  readonly reasoning: string;
}

function sumsOf(row: SumsRow): usageApi.UsageSums {
  return {
    requests: Number(row.requests),
    chargeNanoUsd: BigInt(row.charge),
    writtenOffNanoUsd: BigInt(row.written_off),
    cachePremiumAbsorbedNanoUsd: BigInt(row.absorbed),
    inputTokens: Number(row.input),
    outputTokens: Number(row.output),
    cachedInputTokens: Number(row.cached),
    reasoningTokens: Number(row.reasoning),
  };
}

function keyOf({ accountId, facet, from, to }: RollupQuestion): readonly unknown[] {
  return [accountId, facet, from, to];
}

/** $1 to $8 of the span. */
function spanOf({ accountId, facet, ...span }: RollupQuestion): readonly unknown[] {
  const { before, months, after } = partsOf(span);
  return [accountId, facet, before.from, before.to, months.from, months.to, after.from, after.to];
}

const SUMS = `coalesce(sum(requests), 0) AS requests, coalesce(sum(charge_nano_usd), 0) AS charge,
  coalesce(sum(written_off_nano_usd), 0) AS written_off, coalesce(sum(absorbed_nano_usd), 0) AS absorbed,
  coalesce(sum(input_tokens), 0) AS input, coalesce(sum(output_tokens), 0) AS output,
  coalesce(sum(cached_input_tokens), 0) AS cached, coalesce(sum(reasoning_tokens), 0) AS reasoning`;

const WHERE = 'WHERE account_id = $1 AND facet = $2 AND day BETWEEN $3 AND $4';

const MEASURES = `requests, charge_nano_usd, written_off_nano_usd, absorbed_nano_usd, input_tokens, output_tokens,
  cached_input_tokens, reasoning_tokens`;

/** Whole months, and the days before and after them. */
const SPAN = `(
  SELECT value, ${MEASURES} FROM usage_days WHERE account_id = $1 AND facet = $2 AND day BETWEEN $3 AND $4
  UNION ALL
  SELECT value, ${MEASURES} FROM usage_months WHERE account_id = $1 AND facet = $2 AND month BETWEEN $5 AND $6
  UNION ALL
  SELECT value, ${MEASURES} FROM usage_days WHERE account_id = $1 AND facet = $2 AND day BETWEEN $7 AND $8
) AS span`;

/** Hours are found by their instant first: a day of any zone lies within 15 hours of the same day of UTC. */
const HOURS_WHERE = `${WHERE}
  AND hour >= ($3::date::timestamp AT TIME ZONE 'UTC') - interval '15 hours'
  AND hour < ($4::date::timestamp AT TIME ZONE 'UTC') + interval '39 hours'`;

/** A row of zeros is left where a late settlement moved a request on. */
const ROWS: Readonly<Record<RollupSource['grouping'], string>> = {
  hour: `SELECT to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS value, ${SUMS}
    FROM usage_hours ${HOURS_WHERE} GROUP BY hour HAVING sum(requests) <> 0 ORDER BY hour`,
  day: `SELECT day AS value, ${SUMS} FROM usage_days ${WHERE} GROUP BY day HAVING sum(requests) <> 0 ORDER BY day`,
  month: `SELECT left(day, 7) AS value, ${SUMS} FROM usage_days ${WHERE}
    GROUP BY left(day, 7) HAVING sum(requests) <> 0 ORDER BY left(day, 7)`,
  value: `SELECT value, ${SUMS} FROM ${SPAN}
    GROUP BY value HAVING sum(requests) <> 0 ORDER BY sum(charge_nano_usd) DESC, sum(requests) DESC, value`,
};

const MODELS_BY_DAY = `SELECT day, value AS model, ${SUMS} FROM usage_days ${WHERE}
  GROUP BY day, value HAVING sum(requests) <> 0 ORDER BY day DESC, sum(charge_nano_usd) DESC, value LIMIT $5`;

const NAMES = {
  key: 'SELECT key_id AS id, name FROM api_keys WHERE account_id = $1',
  workspace: 'SELECT workspace_id AS id, name FROM workspaces WHERE account_id = $1',
} as const;
