import type { AccountId } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';

import { newRemittanceCode, type RemittanceCode } from './remittance-code.domain.js';

/** Enough that two accounts that drew the same code are a matter of theory: there are 27 billion. */
const DRAWS_MAX = 5;

/** Which account a bank transfer names. An account keeps its code for ever. */
export class RemittanceCodeRepository {
  /** Gives a new account its code. */
  async give(sql: Sql, accountId: AccountId): Promise<void> {
    for (let draw = 0; draw < DRAWS_MAX; draw += 1) {
      const rows = await sql.query(
        'INSERT INTO remittance_codes (account_id, code) VALUES ($1, $2) ON CONFLICT (code) DO NOTHING RETURNING code',
        [accountId, newRemittanceCode()],
      );
      if (rows.length > 0) return;
    }
    throw new Error('no remittance code was free in five draws');
  }

  async find(sql: Sql, accountId: AccountId): Promise<RemittanceCode | null> {
    const [row] = await sql.query<{ code: string }>('SELECT code FROM remittance_codes WHERE account_id = $1', [
      accountId,
    ]);
    return row?.code ?? null;
  }

  /** Accounts that these codes belong to. */
  async findAccounts(sql: Sql, codes: readonly RemittanceCode[]): Promise<readonly AccountId[]> {
    if (codes.length === 0) return [];
    const rows = await sql.query<{ account_id: AccountId }>(
      'SELECT account_id FROM remittance_codes WHERE code = ANY($1::text[]) ORDER BY account_id',
      [codes],
    );
    return rows.map(({ account_id }) => account_id);
  }
}
