import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { Client } from 'pg';

import { BillingScenario, finalOf, type Customer } from '../scenario/billing-scenario.factory.js';
import type { AuditLine } from './audit.service.js';

type Report = Extract<AuditLine, { type: 'report' }>;

describe('the audit', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let customer: Customer;
  let charged: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(test, { now: Date.now, holdExpiryMs: 90_000 });
  });

  beforeEach(async () => {
    customer = await billing.customer(10_000n);
    const hold = await billing.admit(customer, 500n);
    await billing.settle([hold, finalOf(hold)]);
    charged = hold.generationId;
    await billing.settle([await billing.admit(customer, 200n)]);
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  async function run(kind: 'audit' | 'self-test'): Promise<{ lines: AuditLine[]; report: Report }> {
    const lines: AuditLine[] = [];
    await billing.services.audits.run(kind, (line) => lines.push(line));
    const report = lines.at(-1);
    if (report?.type !== 'report') throw new Error('no report');
    return { lines, report };
  }

  /** As a superuser with triggers off: what no role of ours can do. Undone by the second statement. */
  async function tampered(statement: string, undo: string): Promise<Report> {
    const superuser = new Client({ connectionString: test.superuserUrl });
    await superuser.connect();
    try {
      await superuser.query('SET session_replication_role = replica; SET search_path = billing');
      await superuser.query(statement);
      const { report } = await run('audit');
      await superuser.query(undo);
      return report;
    } finally {
      await superuser.end();
    }
  }

  it('finds nothing wrong in books with open and ended holds, and tells its progress', async () => {
    const { lines, report } = await run('audit');
    expect(report).toEqual({ type: 'report', ok: true, differences: [] });
    expect(lines.filter(({ type }) => type === 'progress').length).toBeGreaterThan(20);
  });

  it('finds every kind of corruption in copies, and nothing in the sound copy', async () => {
    const { report } = await run('self-test');
    expect(report.differences.filter(({ found }) => found === 'missed')).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.differences.length).toBeGreaterThan(30);
  });

  it('changes nothing by its self-test', async () => {
    const before = await billing.database.query('SELECT * FROM gate_balances ORDER BY account_id');
    await run('self-test');
    expect(await billing.database.query('SELECT * FROM gate_balances ORDER BY account_id')).toEqual(before);
    expect((await run('audit')).report.ok).toBe(true);
  });

  it('names the entry that was changed', async () => {
    const where = `WHERE transfer_id = (SELECT transfer_id FROM holds WHERE generation_id = '${charged}') AND version IS NOT NULL`;
    const report = await tampered(
      `UPDATE ledger_entries SET amount = amount - 1 ${where}`,
      `UPDATE ledger_entries SET amount = amount + 1 ${where}`,
    );
    expect(report.ok).toBe(false);
    const [transfer] = await billing.database.query<{ transfer_id: string }>(
      'SELECT transfer_id FROM holds WHERE generation_id = $1',
      [charged],
    );
    expect(report.differences).toContainEqual({
      invariant: '1 transfers balance',
      row: `ledger_transfers/${transfer?.transfer_id}`,
      expected: '0 USD',
      found: '-1 USD',
    });
  });

  it('names the hold whose charge was changed', async () => {
    const where = `WHERE generation_id = '${charged}'`;
    const report = await tampered(
      `UPDATE holds SET charge_nano_usd = 69 ${where}`,
      `UPDATE holds SET charge_nano_usd = 70 ${where}`,
    );
    expect(report.differences.map(({ row }) => row)).toContain(`holds/${charged}`);
  });

  it('names the account whose gate says another balance', async () => {
    const where = `WHERE account_id = '${customer.accountId}'`;
    const report = await tampered(
      `UPDATE gate.accounts SET posted_nano_usd = posted_nano_usd + 1 ${where}`,
      `UPDATE gate.accounts SET posted_nano_usd = posted_nano_usd - 1 ${where}`,
    );
    expect(report.differences).toEqual([
      expect.objectContaining({
        invariant: '6 the gate has the balance of the ledger',
        row: `gate/${customer.accountId}/balance`,
      }),
    ]);
  });

  it('finds nothing while holds are opened, settled and granted to under it', async () => {
    const audits = new AbortController();
    const traffic = (async () => {
      while (!audits.signal.aborted) {
        const hold = await billing.admit(customer, 5n);
        await billing.settle([hold, finalOf(hold, { outcome: 'client_disconnect', chargeNanoUsd: 5n })]);
      }
    })();
    const reports = [await run('audit'), await run('audit'), await run('audit')];
    audits.abort();
    await traffic;
    expect(reports.flatMap(({ report }) => report.differences)).toEqual([]);
  });
});
