import type { Sql } from '@apilink/postgres';

import type { LedgerCurrency, SystemLedgerAccount } from './ledger-account.domain.js';
import type { Transfer } from './ledger.domain.js';

/** A transfer between ledger accounts of ours alone: money that arrives, waits, changes its currency or leaves. */
export interface SystemTransfer extends Omit<Transfer, 'entries'> {
  readonly currency: LedgerCurrency;
  readonly from: SystemLedgerAccount;
  readonly to: SystemLedgerAccount;
  /** Above zero: nano-USD where the currency is USD, fen where it is CNY. */
  readonly amount: bigint;
}

/** Writes transfers that touch no customer. They are few: one statement per row is enough. */
export class SystemTransferRepository {
  /** Opens a ledger account of ours where it does not stand yet: that of a channel begins with its first payment. */
  async open(sql: Sql, account: SystemLedgerAccount): Promise<void> {
    await sql.query(
      `INSERT INTO ledger_accounts (ledger_account_id, kind, detail, currency) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING`,
      [account.ledgerAccountId, account.kind, account.detail, account.currency],
    );
  }

  /** One that was posted before is a unique violation, never a second posting. */
  async insert(sql: Sql, transfer: SystemTransfer): Promise<void> {
    await this.open(sql, transfer.from);
    await this.open(sql, transfer.to);
    await sql.query(
      'INSERT INTO ledger_transfers (transfer_id, kind, ref, request_hash, actor) VALUES ($1, $2, $3, $4, $5)',
      [transfer.transferId, transfer.kind, transfer.ref, transfer.requestHash, transfer.actor],
    );
    await sql.query(
      `INSERT INTO ledger_entries (transfer_id, ledger_account_id, amount, currency)
       VALUES ($1, $2, -$4::bigint, $5), ($1, $3, $4::bigint, $5)`,
      [
        transfer.transferId,
        transfer.from.ledgerAccountId,
        transfer.to.ledgerAccountId,
        transfer.amount.toString(),
        transfer.currency,
      ],
    );
  }

  /** What was asked under this id before; null when nothing was. */
  async findRequest(sql: Sql, transferId: string): Promise<string | null> {
    const [row] = await sql.query<{ request_hash: string }>(
      'SELECT request_hash FROM ledger_transfers WHERE transfer_id = $1',
      [transferId],
    );
    return row?.request_hash ?? null;
  }
}
