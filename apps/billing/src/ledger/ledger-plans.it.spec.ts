import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PostgresDatabase } from '@apilink/postgres';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { BillingScenario, finalOf, type Customer } from '../scenario/billing-scenario.factory.js';
import { promoExpenseAccount, revenueAccount } from './ledger-account.domain.js';

const LEDGER = ['ledger_transfers', 'ledger_entries', 'ledger_accounts'];
const GROWN_BY = 5_000;

describe('a session that settled while the ledger was young', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let session: PostgresDatabase;
  let owner: PostgresDatabase;
  let customer: Customer;

  beforeAll(async () => {
    test = await createTestDatabase();
    const clock = { now: Date.now, holdExpiryMs: 90_000 };
    const first = await BillingScenario.create(test, clock);
    customer = await first.customer(100_000n);
    await first.close();
    owner = await test.database('billing_owner', { poolMax: 1 });
    for (const table of LEDGER) {
      await owner.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
      await owner.query(`VACUUM ANALYZE ${table}`);
    }
    session = await test.database('billing_app', { poolMax: 1 });
    billing = await BillingScenario.open(session, clock);
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  async function settleTen(): Promise<void> {
    const holds = await Promise.all(Array.from({ length: 10 }, () => billing.admit(customer, 100n)));
    expect(await billing.settle(holds.flatMap((hold) => [hold, finalOf(hold)]))).toEqual([]);
  }

  /** Rows and index entries of the ledger that were looked at. */
  async function looked(): Promise<number> {
    await session.query('SELECT pg_stat_force_next_flush()');
    await owner.query('SELECT pg_stat_force_next_flush()');
    const [row] = await owner.query<{ count: string }>(
      `SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE schemaname = 'billing' AND relname = ANY($1))
         + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE schemaname = 'billing' AND relname = ANY($1)) AS count`,
      [LEDGER],
    );
    return Number(row?.count);
  }

  it('looks at no more of it per settlement when it has grown', async () => {
    for (let batch = 0; batch < 7; batch++) await settleTen();
    const young = await looked();
    await settleTen();
    const atFirst = (await looked()) - young;
    await owner.query(
      `WITH made AS (
         INSERT INTO ledger_transfers (transfer_id, kind, ref, request_hash, actor)
         SELECT gen_random_uuid(), 'credit_granted', 'grown', '', 'test' FROM generate_series(1, $1) RETURNING transfer_id
       )
       INSERT INTO ledger_entries (transfer_id, ledger_account_id, amount, currency)
       SELECT transfer_id, side.id, side.amount, 'USD' FROM made, (VALUES ($2::uuid, 1), ($3::uuid, -1)) AS side (id, amount)`,
      [GROWN_BY, revenueAccount.ledgerAccountId, promoExpenseAccount.ledgerAccountId],
    );
    const grown = await looked();
    await settleTen();
    expect((await looked()) - grown).toBe(atFirst);
  });
});
