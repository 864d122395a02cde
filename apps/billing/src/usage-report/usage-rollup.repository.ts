import type { AccountId, usageApi } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import type { RollupSource, SummedRow } from './usage-breakdown.domain.js';

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
    const rows = await sql.query<SumsRow & { value: string }>(ROWS[question.grouping], [...keyOf(question), limit]);
    return rows.map((row) => ({ value: row.value, ...sumsOf(row) }));
  }

  async total(sql: Sql, question: RollupQuestion): Promise<usageApi.UsageSums> {
    const [row] = await sql.query<SumsRow>(`SELECT ${SUMS} FROM usage_days ${WHERE}`, keyOf(question));
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

const SUMS = `coalesce(sum(requests), 0) AS requests, coalesce(sum(charge_nano_usd), 0) AS charge,
  coalesce(sum(written_off_nano_usd), 0) AS written_off, coalesce(sum(absorbed_nano_usd), 0) AS absorbed,
  coalesce(sum(input_tokens), 0) AS input, coalesce(sum(output_tokens), 0) AS output,
  coalesce(sum(cached_input_tokens), 0) AS cached, coalesce(sum(reasoning_tokens), 0) AS reasoning`;

const WHERE = 'WHERE account_id = $1 AND facet = $2 AND day BETWEEN $3 AND $4';

/** Hours are found by their instant first: a day of any zone lies within 15 hours of the same day of UTC. */
const HOURS_WHERE = `${WHERE}
  AND hour >= ($3::date::timestamp AT TIME ZONE 'UTC') - interval '15 hours'
  AND hour < ($4::date::timestamp AT TIME ZONE 'UTC') + interval '39 hours'`;

/** A row of zeros is left where a late settlement moved a request on. */
const ROWS: Readonly<Record<RollupSource['grouping'], string>> = {
  hour: `SELECT to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS value, ${SUMS}
    FROM usage_hours ${HOURS_WHERE} GROUP BY hour HAVING sum(requests) <> 0 ORDER BY hour LIMIT $5`,
  day: `SELECT day AS value, ${SUMS} FROM usage_days ${WHERE}
    GROUP BY day HAVING sum(requests) <> 0 ORDER BY day LIMIT $5`,
  month: `SELECT left(day, 7) AS value, ${SUMS} FROM usage_days ${WHERE}
    GROUP BY left(day, 7) HAVING sum(requests) <> 0 ORDER BY left(day, 7) LIMIT $5`,
  value: `SELECT value, ${SUMS} FROM usage_days ${WHERE}
    GROUP BY value HAVING sum(requests) <> 0 ORDER BY sum(charge_nano_usd) DESC, sum(requests) DESC, value LIMIT $5`,
};

const NAMES = {
  key: 'SELECT key_id AS id, name FROM api_keys WHERE account_id = $1',
  workspace: 'SELECT workspace_id AS id, name FROM workspaces WHERE account_id = $1',
} as const;
