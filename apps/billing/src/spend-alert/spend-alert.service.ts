import { accountIdSchema, type AccountId } from '@apilink/contracts';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { z } from 'zod';

import type { AccountRepository } from '../account/account.repository.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { SpendAlert, SpendAlertRepository } from './spend-alert.repository.js';

/** Alerts told of one account at most; older ones stand in the deliveries of its webhooks. */
const ALERTS_MAX = 500;

/** Limits that were reached, and below which balance an account wants to be told. */
export class SpendAlertService {
  constructor(
    private readonly database: Database,
    private readonly alerts: SpendAlertRepository,
    private readonly accounts: AccountRepository,
    private readonly staffActions: StaffActionRepository,
  ) {}

  async list(accountId: AccountId): Promise<{ lowBalanceNanoUsd: bigint; alerts: readonly SpendAlert[] }> {
    await this.#require(this.database, accountId);
    return {
      lowBalanceNanoUsd: await this.alerts.lowBalance(this.database, accountId),
      alerts: await this.alerts.listOfAccount(this.database, accountId, ALERTS_MAX),
    };
  }

  /** 0 = never. */
  async setLowBalance(accountId: AccountId, amountNanoUsd: bigint, actor: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      await this.#require(sql, accountId);
      await this.alerts.setLowBalance(sql, accountId, amountNanoUsd);
      await this.staffActions.record(sql, {
        actor,
        action: 'spend_alert.set',
        subject: z.encode(accountIdSchema, accountId),
        detail: { lowBalanceNanoUsd: amountNanoUsd },
      });
    });
  }

  async #require(sql: Sql, accountId: AccountId): Promise<void> {
    if ((await this.accounts.find(sql, accountId)) === null) {
      throw new ApiError('not_found', { detail: 'this account' });
    }
  }
}
