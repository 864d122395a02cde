import { encodeWireId, type AccountId, type usageApi } from '@apilink/contracts';
import { periodCandidates } from '@apilink/holds';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';

import type { AccountRepository } from '../account/account.repository.js';
import { othersOf, rollupSourceOf, spanOf, spanProblem, type SummedRow } from './usage-breakdown.domain.js';
import type { RollupQuestion, UsageRollupRepository } from './usage-rollup.repository.js';

export interface BreakdownRequest {
  readonly accountId: AccountId;
  readonly by: usageApi.UsageDimension;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit: number;
}

/** What an account used, broken down by one dimension: always from the rollups, whatever the span. */
export class UsageBreakdownService {
  constructor(
    private readonly database: Database,
    private readonly rollups: UsageRollupRepository,
    private readonly accounts: AccountRepository,
    private readonly now: () => number,
  ) {}

  /** Rejects with `not_found` for an unknown account and `invalid_parameter` for a span that ends before it begins. */
  async report(request: BreakdownRequest): Promise<usageApi.UsageReport> {
    const { accountId, by, limit } = request;
    return this.database.transaction(async (sql) => {
      // Rows and total of one moment, though settlement goes on between the statements.
      await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      const account = await this.accounts.find(sql, accountId);
      if (account === null) throw new ApiError('not_found', { detail: 'this account' });
      const { timeZone } = account;
      const span = spanOf(request, periodCandidates(timeZone, this.now()).day.current);
      const problem = spanProblem(span);
      if (problem !== null) throw new ApiError('invalid_parameter', { param: 'to', detail: problem });
      const question = { accountId, ...span, ...rollupSourceOf(by) };
      const rows = await this.rollups.rows(sql, question, limit + 1);
      const total = await this.rollups.total(sql, { ...question, facet: 'account' });
      const told = rows.slice(0, limit);
      const others = rows.length > limit ? othersOf(await this.rollups.total(sql, question), told) : null;
      const named = await this.#named(sql, question, told);
      return { accountId, timeZone, by, ...span, rows: named, others, total };
    });
  }

  async #named(sql: Sql, { accountId, facet }: RollupQuestion, rows: readonly SummedRow[]) {
    if (facet !== 'key' && facet !== 'workspace') return rows.map((row) => ({ ...row, name: null }));
    const names = await this.rollups.names(sql, accountId, facet);
    const prefix = facet === 'key' ? 'key' : 'ws';
    return rows.map((row) => ({
      ...row,
      value: encodeWireId(prefix, row.value),
      name: names.get(row.value) ?? null,
    }));
  }
}
