import { chargebackIdSchema, type AccountId, type ChargebackId, type LotId } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import type { LedgerCurrency } from '../ledger/ledger-account.domain.js';

/** What a bank took back of one payment. It is named by the transfer that took it off the balance. */
export interface Chargeback {
  readonly chargebackId: ChargebackId;
  readonly accountId: AccountId;
  readonly lotId: LotId;
  readonly currency: LedgerCurrency;
  readonly minorUnits: bigint;
  readonly debitNanoUsd: bigint;
  readonly reason: string;
  readonly actor: string;
  /** Ms since the epoch, by the database's clock. */
  readonly openedAt: number;
}

export interface GapWriteOff {
  readonly transferId: string;
  readonly accountId: AccountId;
  readonly amountNanoUsd: bigint;
  readonly reason: string;
  readonly actor: string;
}

export class ChargebackRepository {
  /** Returns when, by the database's clock, ms since the epoch. */
  async insert(sql: Sql, chargeback: Omit<Chargeback, 'openedAt'>): Promise<number> {
    const [row] = await sql.query<{ opened_at: Date }>(
      `INSERT INTO chargebacks (chargeback_id, account_id, lot_id, currency, minor_units, debit_nano_usd, reason, actor)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING opened_at`,
      [
        chargeback.chargebackId,
        chargeback.accountId,
        chargeback.lotId,
        chargeback.currency,
        chargeback.minorUnits.toString(),
        chargeback.debitNanoUsd.toString(),
        chargeback.reason,
        chargeback.actor,
      ],
    );
    if (row === undefined) throw new Error('the chargeback was not written');
    return row.opened_at.getTime();
  }

  async find(sql: Sql, chargebackId: ChargebackId): Promise<Chargeback | null> {
    const [row] = await sql.query<ChargebackRow>('SELECT * FROM chargebacks WHERE chargeback_id = $1', [chargebackId]);
    return row === undefined ? null : chargebackOf(row);
  }

  /** Returns when, by the database's clock, ms since the epoch. */
  async insertWriteOff(sql: Sql, writeOff: GapWriteOff): Promise<number> {
    const [row] = await sql.query<{ written_off_at: Date }>(
      `INSERT INTO gap_write_offs (transfer_id, account_id, amount_nano_usd, reason, actor)
       VALUES ($1, $2, $3, $4, $5) RETURNING written_off_at`,
      [writeOff.transferId, writeOff.accountId, writeOff.amountNanoUsd.toString(), writeOff.reason, writeOff.actor],
    );
    if (row === undefined) throw new Error('the write-off was not written');
    return row.written_off_at.getTime();
  }

  async findWriteOff(sql: Sql, transferId: string): Promise<bigint | null> {
    const [row] = await sql.query<{ amount_nano_usd: string }>(
      'SELECT amount_nano_usd FROM gap_write_offs WHERE transfer_id = $1',
      [transferId],
    );
    return row === undefined ? null : BigInt(row.amount_nano_usd);
  }
}

interface ChargebackRow {
  readonly chargeback_id: string;
  readonly account_id: AccountId;
  readonly lot_id: LotId;
  readonly currency: LedgerCurrency;
  readonly minor_units: string;
  readonly debit_nano_usd: string;
  readonly reason: string;
  readonly actor: string;
  readonly opened_at: Date;
}

function chargebackOf(row: ChargebackRow): Chargeback {
  return {
    chargebackId: chargebackIdSchema.out.parse(row.chargeback_id),
    accountId: row.account_id,
    lotId: row.lot_id,
    currency: row.currency,
    minorUnits: BigInt(row.minor_units),
    debitNanoUsd: BigInt(row.debit_nano_usd),
    reason: row.reason,
    actor: row.actor,
    openedAt: row.opened_at.getTime(),
  };
}
