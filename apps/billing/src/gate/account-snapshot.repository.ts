import type { AccountId, GenerationId } from '@apilink/contracts';
import type { AccountSnapshot, GateChange, ListedHold, PeriodSpend } from '@apilink/holds';
import type { Database, Sql } from '@apilink/postgres';

import type { AccountRepository } from '../account/account.repository.js';
import type { ApiKeyRepository } from '../api-key/api-key.repository.js';
import { listedHoldOf, type HoldRepository } from '../hold/hold.repository.js';
import { spendOf, type LedgerRepository, type SpendRow } from '../ledger/ledger.repository.js';
import { refundKeyOf, refundReservationOf, refundWorkspaceOf } from '../refund/refund-hold.factory.js';
import type { RefundRepository } from '../refund/refund.repository.js';
import { gateBalanceOf } from '../settlement/gate-change.factory.js';
import type { WorkspaceRepository } from '../workspace/workspace.repository.js';
import { FIRST_EPOCH, type GateEpochRepository } from './gate-epoch.repository.js';
import { gateAccountOf, gateKeyOf, gateWorkspaceOf } from './gate-view.factory.js';

export interface SnapshotParts {
  readonly accounts: AccountRepository;
  readonly workspaces: WorkspaceRepository;
  readonly keys: ApiKeyRepository;
  readonly ledger: LedgerRepository;
  readonly holds: HoldRepository;
  readonly epochs: GateEpochRepository;
  readonly refunds: RefundRepository;
}

/** One account at one moment of the database, and which of the holds that the gate lists had ended by then. */
export interface AccountReading {
  readonly snapshot: AccountSnapshot;
  readonly ended: readonly GenerationId[];
}

/** All of a reading as one change: what is newer than the gate's counts, and every ended hold is closed with it. */
export function changeOfReading({ snapshot, ended }: AccountReading): GateChange {
  const { accountId, balance, account, workspaces, keys, periods } = snapshot;
  return { accountId, balance, account, workspaces, keys, periods, closed: ended };
}

/** Refunds on their way of one account: one for each of its payments at most. */
const REFUNDS_MAX = 10_000;

/** Everything that the gate has to know of one account, read at one moment of the database. */
export class AccountSnapshotRepository {
  constructor(
    private readonly database: Database,
    private readonly parts: SnapshotParts,
  ) {}

  /** Null when there is no such account. `expiresAt` is when its open holds expire unless an edge renews them. */
  read(accountId: AccountId, expiresAt: number): Promise<AccountSnapshot | null> {
    return this.database.transaction(async (sql) => {
      await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      return this.readWithin(sql, accountId, expiresAt);
    });
  }

  /** The same with the holds that the gate lists: their end and the balance are of one moment, as the gate needs them. */
  readWith(accountId: AccountId, expiresAt: number, listed: readonly GenerationId[]): Promise<AccountReading | null> {
    return this.database.transaction(async (sql) => {
      await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      const snapshot = await this.readWithin(sql, accountId, expiresAt);
      return snapshot === null ? null : { snapshot, ended: await this.parts.holds.findEnded(sql, listed) };
    });
  }

  async readWithin(sql: Sql, accountId: AccountId, expiresAt: number): Promise<AccountSnapshot | null> {
    const { accounts, workspaces, keys, ledger, holds, epochs } = this.parts;
    const account = await accounts.find(sql, accountId);
    const balance = await ledger.findBalance(sql, accountId);
    if (account === null || balance === null) return null;
    const open = await holds.listOpenOfAccount(sql, accountId);
    const refunding = await this.#refunding(sql, accountId);
    return {
      accountId,
      balance: gateBalanceOf(balance),
      account: gateAccountOf(account),
      workspaces: [...(await workspaces.listOfAccount(sql, accountId)).map(gateWorkspaceOf), ...refunding.workspaces],
      keys: [...(await keys.listOfAccount(sql, accountId)).map(gateKeyOf), ...refunding.keys],
      periods: await findSpends(sql, accountId),
      epoch: (await epochs.current(sql)) ?? FIRST_EPOCH,
      holds: [...open.map((hold) => listedHoldOf(hold, expiresAt)), ...refunding.holds],
    };
  }

  /** What refunds hold, and whose that is in the gate: nothing for an account that never had one. */
  async #refunding(sql: Sql, accountId: AccountId) {
    const { refunds } = this.parts;
    if (!(await refunds.isKnown(sql, accountId))) return { workspaces: [], keys: [], holds: [] };
    const open = await refunds.listOpen(sql, accountId, REFUNDS_MAX);
    const holds: readonly ListedHold[] = open
      .filter(({ state }) => state !== 'requested')
      .map((refund) => ({
        ...refundReservationOf(refund),
        openedAt: refund.requestedAt,
        expiresAt: null,
        final: true,
      }));
    return { workspaces: [refundWorkspaceOf(accountId)], keys: [refundKeyOf(accountId)], holds };
  }
}

/**
 * Periods that run, or ended at most 2 days ago: the gate keeps a counter until 3 days after its period, and what is
 * told here is compared with what it keeps.
 */
const RECENT_SPENDS = `
SELECT account_id, scope, scope_id, period, spent_nano_usd, version FROM period_spends
WHERE account_id = $1 AND (period = 'total'
  OR period ~ '^\\d{4}-\\d{2}-\\d{2}$' AND period >= to_char(now() - interval '2 days', 'YYYY-MM-DD')
  OR period ~ '^\\d{4}-W\\d{2}$' AND period >= to_char(now() - interval '2 days', 'IYYY-"W"IW')
  OR period ~ '^\\d{4}-\\d{2}$' AND period >= to_char(now() - interval '2 days', 'YYYY-MM'))`;

async function findSpends(sql: Sql, accountId: AccountId): Promise<readonly PeriodSpend[]> {
  return (await sql.query<SpendRow>(RECENT_SPENDS, [accountId])).map(spendOf);
}
