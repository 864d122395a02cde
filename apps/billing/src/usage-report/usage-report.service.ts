import type { AccountId, GenerationId } from '@apilink/contracts';
import type { Database } from '@apilink/postgres';
import { ApiError } from '@apilink/service';

import type { AccountRepository } from '../account/account.repository.js';
import type { UsageReportRepository, UsageRow } from './usage-report.repository.js';

/** What an account used, generation by generation, newest first. */
export class UsageReportService {
  constructor(
    private readonly database: Database,
    private readonly reports: UsageReportRepository,
    private readonly accounts: AccountRepository,
  ) {}

  async page(
    accountId: AccountId,
    below: GenerationId | null,
    limit: number,
  ): Promise<{ generations: readonly UsageRow[]; more: boolean }> {
    if ((await this.accounts.find(this.database, accountId)) === null) {
      throw new ApiError('not_found', { detail: 'this account' });
    }
    const rows = await this.reports.page(this.database, accountId, below, limit + 1);
    return { generations: rows.slice(0, limit), more: rows.length > limit };
  }
}
