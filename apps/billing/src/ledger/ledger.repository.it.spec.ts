import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PostgresDatabase, Sql } from '@apilink/postgres';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { BillingScenario, type Customer } from '../scenario/billing-scenario.factory.js';
import { customerLedgerAccountId, promoExpenseAccount, revenueAccount } from './ledger-account.domain.js';
import { transferIdOf } from './ledger.domain.js';

describe('the ledger in the database', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let owner: PostgresDatabase;
  let customer: Customer;
  let next = 0;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(test, { now: Date.now, holdExpiryMs: 90_000 });
    owner = await test.database('billing_owner');
    customer = await billing.customer(1_000n);
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  async function transfer(sql: Sql): Promise<string> {
    const id = transferIdOf('credit_granted', `test/${next++}`);
    await sql.query(
      "INSERT INTO ledger_transfers (transfer_id, kind, ref, request_hash, actor) VALUES ($1, 'credit_granted', $2, '', 'test')",
      [id, id],
    );
    return id;
  }

  const revenue = revenueAccount.ledgerAccountId;
  const expense = promoExpenseAccount.ledgerAccountId;

  it('refuses entries that do not sum to zero', async () => {
    const work = billing.database.transaction(async (sql) => {
      const id = await transfer(sql);
      await entries(sql, [
        [id, revenue, 5n],
        [id, expense, -4n],
      ]);
    });
    await expect(work).rejects.toThrow(/off by 1 USD/);
  });

  it('refuses at the commit a transfer without entries', async () => {
    await expect(billing.database.transaction(transfer)).rejects.toThrow(/has no entries/);
  });

  it('refuses to balance one currency with another', async () => {
    const work = billing.database.transaction(async (sql) => {
      const id = await transfer(sql);
      await entries(sql, [
        [id, revenue, 5n],
        [id, expense, -5n, 'CNY'],
      ]);
    });
    await expect(work).rejects.toThrow(/off by -?5 (USD|CNY)/);
  });

  it('refuses an entry of a transfer or a ledger account that does not exist', async () => {
    const nowhere = transferIdOf('credit_granted', 'nowhere');
    const toNoTransfer = billing.database.transaction((sql) =>
      entries(sql, [
        [nowhere, revenue, 5n],
        [nowhere, expense, -5n],
      ]),
    );
    await expect(toNoTransfer).rejects.toThrow(/belongs to none/);
    const toNoAccount = billing.database.transaction(async (sql) => {
      const id = await transfer(sql);
      await entries(sql, [
        [id, revenue, 5n],
        [id, nowhere, -5n],
      ]);
    });
    await expect(toNoAccount).rejects.toThrow(/belongs to none/);
  });

  it.each([
    ['off', 'transfer .* off by', [5n, -4n]],
    ['without entries', 'has no entries', []],
  ])('refuses a transfer that is %s, however few statements post it', async (_what, message, amounts) => {
    const work = billing.database.query(
      `WITH posted AS (INSERT INTO ledger_transfers (transfer_id, kind, ref, request_hash, actor)
         VALUES ($1, 'credit_granted', 'at once', '', 'test'))
       INSERT INTO ledger_entries (transfer_id, ledger_account_id, amount, currency)
       SELECT $1, ledger_account_id, amount, 'USD' FROM unnest($2::uuid[], $3::bigint[]) AS e (ledger_account_id, amount)`,
      [transferIdOf('credit_granted', 'at once'), [revenue, expense].slice(0, amounts.length), amounts.map(String)],
    );
    await expect(work).rejects.toThrow(new RegExp(message));
  });

  it('lets nobody but the rule itself forget a transfer that is still to be balanced', async () => {
    await expect(billing.database.query('DELETE FROM ledger_unbalanced')).rejects.toThrow(/permission denied/);
    expect(await owner.query('SELECT * FROM ledger_unbalanced')).toEqual([]);
  });

  it('refuses to post the same fact a second time', async () => {
    const work = billing.database.transaction(async (sql) => {
      const id = await transfer(sql);
      next -= 1;
      await transfer(sql);
      return id;
    });
    await expect(work).rejects.toThrow(/ledger_transfers_pk/);
  });

  it.each([
    'UPDATE ledger_entries SET amount = amount + 1',
    'DELETE FROM ledger_entries',
    'TRUNCATE ledger_entries',
    "UPDATE ledger_transfers SET ref = 'x'",
    'DELETE FROM ledger_transfers',
    'DELETE FROM ledger_accounts',
    'DELETE FROM credit_grants',
    "UPDATE audit_log SET actor = 'x'",
    "UPDATE prices SET card = '{}'",
  ])('refuses to the service and to the owner of the schema: %s', async (statement) => {
    await expect(billing.database.query(statement)).rejects.toThrow(/permission denied/);
    await expect(owner.query(statement)).rejects.toThrow(/append-only/);
  });

  it.each([
    'UPDATE gate_balances SET posted_nano_usd = posted_nano_usd + 1',
    'UPDATE gate_balances SET paid_nano_usd = -1, posted_nano_usd = promo_nano_usd - 1, spent_nano_usd = spent_nano_usd + 1',
    'UPDATE gate_balances SET spent_nano_usd = spent_nano_usd + 1',
  ])('refuses a balance that cannot be: %s', async (statement) => {
    await expect(billing.database.query(statement)).rejects.toThrow(/violates check constraint "gate_balances_/);
  });

  it('gives every customer two ledger accounts', async () => {
    const rows = await billing.database.query<{ ledger_account_id: string }>(
      'SELECT ledger_account_id FROM ledger_accounts WHERE account_id = $1',
      [customer.accountId],
    );
    expect(rows.map((row) => row.ledger_account_id).toSorted()).toEqual(
      [
        customerLedgerAccountId('customer_paid', customer.accountId),
        customerLedgerAccountId('customer_promo', customer.accountId),
      ].toSorted(),
    );
  });
});

async function entries(sql: Sql, lines: readonly (readonly [string, string, bigint, string?])[]): Promise<void> {
  const values = lines.map((_line, index) => {
    const at = index * 4;
    return `($${at + 1}, $${at + 2}, $${at + 3}, $${at + 4})`;
  });
  await sql.query(
    `INSERT INTO ledger_entries (transfer_id, ledger_account_id, amount, currency) VALUES ${values.join(', ')}`,
    lines.flatMap(([id, account, amount, currency = 'USD']) => [id, account, amount.toString(), currency]),
  );
}
