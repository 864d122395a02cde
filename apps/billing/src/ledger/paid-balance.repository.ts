import type { Sql } from '@apilink/postgres';

import { postedOf, type CustomerBalance } from './ledger.domain.js';

/** Writes one customer's row whole, under its lock: what payments, refunds and chargebacks change of it. */
export class PaidBalanceRepository {
  /** With the next version for the gate. */
  async update(sql: Sql, balance: CustomerBalance): Promise<CustomerBalance> {
    const next = { ...balance, version: balance.version + 1n };
    await sql.query(UPDATE_BALANCE, [
      next.accountId,
      postedOf(next).toString(),
      next.paidNanoUsd.toString(),
      next.creditedNanoUsd.toString(),
      next.refundingNanoUsd.toString(),
      next.gapNanoUsd.toString(),
      next.version.toString(),
      next.ledgerVersion.toString(),
    ]);
    return next;
  }
}

const UPDATE_BALANCE = `
UPDATE gate_balances SET posted_nano_usd = $2, paid_nano_usd = $3, credited_nano_usd = $4, refunding_nano_usd = $5,
  gap_nano_usd = $6, version = $7, ledger_version = $8
WHERE account_id = $1`;
