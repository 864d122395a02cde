import type { AccountId } from '@apilink/contracts';
import type { PeriodSpend } from '@apilink/holds';
import { arrayOf, type Sql } from '@apilink/postgres';

import type { SpendDelta } from '../settlement/usage-transfer.domain.js';
import { customerLedgerAccountId } from './ledger-account.domain.js';
import { postedOf, type CustomerBalance, type Transfer } from './ledger.domain.js';

/** Writes the ledger with one statement per table, however many transfers a batch has. */
export class LedgerRepository {
  /**
   * Locks the customers' rows, first of all rows and in id order: everything that ends a hold or moves a balance does so
   * under this lock, and two batches that share customers wait for each other instead of deadlocking.
   */
  async lockBalances(sql: Sql, accountIds: Iterable<AccountId>): Promise<Map<AccountId, CustomerBalance>> {
    const rows = await sql.query<BalanceRow>(LOCK_BALANCES, [[...new Set(accountIds)]]);
    return new Map(rows.map((row) => [row.account_id, balanceOf(row)]));
  }

  async findBalance(sql: Sql, accountId: AccountId): Promise<CustomerBalance | null> {
    const [row] = await sql.query<BalanceRow>(`${SELECT_BALANCES} WHERE account_id = $1`, [accountId]);
    return row === undefined ? null : balanceOf(row);
  }

  /** A new customer: the row that settlements lock, and the two ledger accounts. Returns the row, in which all is 0. */
  async openCustomer(sql: Sql, accountId: AccountId): Promise<CustomerBalance> {
    await sql.query('INSERT INTO gate_balances (account_id) VALUES ($1)', [accountId]);
    await sql.query(
      `INSERT INTO ledger_accounts (ledger_account_id, kind, account_id, currency)
       VALUES ($1, 'customer_paid', $3, 'USD'), ($2, 'customer_promo', $3, 'USD')`,
      [
        customerLedgerAccountId('customer_paid', accountId),
        customerLedgerAccountId('customer_promo', accountId),
        accountId,
      ],
    );
    return {
      accountId,
      paidNanoUsd: 0n,
      promoNanoUsd: 0n,
      creditedNanoUsd: 0n,
      spentNanoUsd: 0n,
      refundingNanoUsd: 0n,
      gapNanoUsd: 0n,
      version: 0n,
      ledgerVersion: 0n,
    };
  }

  /**
   * Posts transfers with their entries, in one statement: so the books are balanced when it ends, and nothing is left to be
   * checked at the commit. A transfer that was posted before is a unique violation, never a second posting.
   */
  async insertTransfers(sql: Sql, transfers: readonly Transfer[]): Promise<void> {
    if (transfers.length === 0) return;
    const entries = transfers.flatMap(({ transferId, entries: of }) => of.map((entry) => ({ transferId, ...entry })));
    const lacking = transfers.find((transfer) => transfer.entries.length === 0);
    if (lacking !== undefined) throw new Error(`the transfer ${lacking.transferId} has no entries`);
    await sql.query(POST_TRANSFERS, [
      arrayOf('uuid', transfers, ({ transferId }) => transferId),
      arrayOf('text', transfers, ({ kind }) => kind),
      arrayOf('text', transfers, ({ ref }) => ref),
      arrayOf('text', transfers, ({ requestHash }) => requestHash),
      arrayOf('text', transfers, ({ actor }) => actor),
      arrayOf('uuid', entries, ({ transferId }) => transferId),
      arrayOf('uuid', entries, ({ ledgerAccountId }) => ledgerAccountId),
      arrayOf('bigint', entries, ({ amountNanoUsd }) => amountNanoUsd),
      arrayOf('bigint', entries, ({ version }) => version),
      arrayOf('bigint', entries, ({ postedAfterNanoUsd }) => postedAfterNanoUsd),
    ]);
  }

  /** Writes balances back under their lock, each with the next version for the gate. */
  async updateBalances(sql: Sql, balances: Iterable<CustomerBalance>): Promise<readonly CustomerBalance[]> {
    const next = [...balances].map((balance) => ({ ...balance, version: balance.version + 1n }));
    if (next.length === 0) return next;
    await sql.query(UPDATE_BALANCES, [
      JSON.stringify(
        next.map((balance) => ({
          account_id: balance.accountId,
          posted: postedOf(balance).toString(),
          paid: balance.paidNanoUsd.toString(),
          promo: balance.promoNanoUsd.toString(),
          credited: balance.creditedNanoUsd.toString(),
          spent: balance.spentNanoUsd.toString(),
          version: balance.version.toString(),
          ledger_version: balance.ledgerVersion.toString(),
        })),
      ),
    ]);
    return next;
  }

  /** Gives counters the version after these, unless they have moved beyond it. Call it under the customer's lock. */
  async raiseSpendVersions(sql: Sql, spends: readonly PeriodSpend[]): Promise<void> {
    if (spends.length === 0) return;
    await sql.query(RAISE_SPENDS, [
      JSON.stringify(
        spends.map(({ scope, scopeId, period, version }) => ({ scope, scope_id: scopeId, period, version })),
      ),
    ]);
  }

  /** Adds to the counters of keys and workspaces; returns them as they now stand. */
  async addSpends(sql: Sql, deltas: readonly SpendDelta[]): Promise<ReadonlyMap<AccountId, readonly PeriodSpend[]>> {
    const spends = new Map<AccountId, PeriodSpend[]>();
    if (deltas.length === 0) return spends;
    const rows = await sql.query<SpendRow>(ADD_SPENDS, [
      deltas.map(({ accountId }) => accountId),
      deltas.map(({ scope }) => scope),
      deltas.map(({ scopeId }) => scopeId),
      deltas.map(({ period }) => period),
      deltas.map(({ amountNanoUsd }) => amountNanoUsd.toString()),
    ]);
    for (const row of rows) {
      const list = spends.get(row.account_id) ?? [];
      list.push(spendOf(row));
      spends.set(row.account_id, list);
    }
    return spends;
  }
}

export interface SpendRow {
  readonly account_id: AccountId;
  readonly scope: 'key' | 'workspace';
  readonly scope_id: PeriodSpend['scopeId'];
  readonly period: string;
  readonly spent_nano_usd: string;
  readonly version: string;
}

export function spendOf(row: SpendRow): PeriodSpend {
  return {
    scope: row.scope,
    scopeId: row.scope_id,
    period: row.period,
    spentNanoUsd: BigInt(row.spent_nano_usd),
    version: Number(row.version),
  };
}

interface BalanceRow {
  readonly account_id: AccountId;
  readonly paid_nano_usd: string;
  readonly promo_nano_usd: string;
  readonly credited_nano_usd: string;
  readonly spent_nano_usd: string;
  readonly refunding_nano_usd: string;
  readonly gap_nano_usd: string;
  readonly version: string;
  readonly ledger_version: string;
}

function balanceOf(row: BalanceRow): CustomerBalance {
  return {
    accountId: row.account_id,
    paidNanoUsd: BigInt(row.paid_nano_usd),
    promoNanoUsd: BigInt(row.promo_nano_usd),
    creditedNanoUsd: BigInt(row.credited_nano_usd),
    spentNanoUsd: BigInt(row.spent_nano_usd),
    refundingNanoUsd: BigInt(row.refunding_nano_usd),
    gapNanoUsd: BigInt(row.gap_nano_usd),
    version: BigInt(row.version),
    ledgerVersion: BigInt(row.ledger_version),
  };
}

const SELECT_BALANCES = `SELECT account_id, paid_nano_usd, promo_nano_usd, credited_nano_usd, spent_nano_usd,
  refunding_nano_usd, gap_nano_usd, version, ledger_version FROM gate_balances`;

const LOCK_BALANCES = `${SELECT_BALANCES} WHERE account_id = ANY($1::uuid[]) ORDER BY account_id FOR UPDATE`;

const POST_TRANSFERS = `
WITH posted AS (
  INSERT INTO ledger_transfers (transfer_id, kind, ref, request_hash, actor)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
)
INSERT INTO ledger_entries (transfer_id, ledger_account_id, amount, currency, version, posted_after)
SELECT transfer_id, ledger_account_id, amount, 'USD', version, posted_after
FROM unnest($6::uuid[], $7::uuid[], $8::bigint[], $9::bigint[], $10::bigint[])
  AS e (transfer_id, ledger_account_id, amount, version, posted_after)`;

const UPDATE_BALANCES = `
UPDATE gate_balances b SET posted_nano_usd = n.posted, paid_nano_usd = n.paid, promo_nano_usd = n.promo,
  credited_nano_usd = n.credited, spent_nano_usd = n.spent, version = n.version, ledger_version = n.ledger_version
FROM jsonb_to_recordset($1::jsonb) AS n (account_id uuid, posted bigint, paid bigint, promo bigint, credited bigint,
  spent bigint, version bigint, ledger_version bigint)
WHERE b.account_id = n.account_id`;

const RAISE_SPENDS = `
UPDATE period_spends p SET version = n.version + 1
FROM jsonb_to_recordset($1::jsonb) AS n (scope text, scope_id uuid, period text, version bigint)
WHERE p.scope = n.scope AND p.scope_id = n.scope_id AND p.period = n.period AND p.version <= n.version`;

/** Nearly all counters stand already, and an update is half the work of an insert that finds a conflict. */
const ADD_SPENDS = `
WITH d AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bigint[])
    AS d (account_id, scope, scope_id, period, amount)
), updated AS (
  UPDATE period_spends p SET spent_nano_usd = p.spent_nano_usd + d.amount, version = p.version + 1
  FROM d WHERE p.scope = d.scope AND p.scope_id = d.scope_id AND p.period = d.period
  RETURNING p.account_id, p.scope, p.scope_id, p.period, p.spent_nano_usd, p.version
), inserted AS (
  INSERT INTO period_spends AS p (account_id, scope, scope_id, period, spent_nano_usd)
  SELECT account_id, scope, scope_id, period, amount FROM d
  WHERE NOT EXISTS (SELECT FROM updated u
    WHERE u.scope = d.scope AND u.scope_id = d.scope_id AND u.period = d.period)
  ON CONFLICT (scope, scope_id, period) DO UPDATE
    SET spent_nano_usd = p.spent_nano_usd + excluded.spent_nano_usd, version = p.version + 1
  RETURNING account_id, scope, scope_id, period, spent_nano_usd, version
)
SELECT * FROM updated UNION ALL SELECT * FROM inserted`;
