import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HoldOpened, UsageFinal } from '@apilink/contracts';
import { emptyUsage } from '@apilink/pricing';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { Client } from 'pg';

import { usagePart } from '../audit/usage-check.domain.js';
import { HoldRepository } from '../hold/hold.repository.js';
import { BillingScenario, finalOf, newGenerationId, type Customer } from '../scenario/billing-scenario.factory.js';

const noon = Date.parse('2026-11-22T12:10:00.000Z');
const oneDay = { from: '2026-11-22', to: '2026-11-22', limit: 100 };

describe('usage by the hour and the day', () => {
  let test: TestDatabase;
  let billing: BillingScenario;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(test, { now: Date.now, holdExpiryMs: 90_000 });
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  /** A request of that day, whatever the clock says. */
  async function hold(customer: Customer, change: Partial<HoldOpened> = {}): Promise<HoldOpened> {
    const admitted = await billing.admit(customer, 100n);
    const periods = { day: '2026-11-22', week: '2026-W47', month: '2026-11' };
    return { ...admitted, openedAt: noon, periods, ...change };
  }

  async function finals(customer: Customer, changes: readonly Partial<UsageFinal>[]): Promise<UsageFinal[]> {
    const made: UsageFinal[] = [];
    for (const change of changes) made.push(finalOf(await hold(customer), change));
    return made;
  }

  async function report(customer: Customer, by: 'model' | 'user' | 'tag' | 'app' | 'outcome' | 'key' | 'day' | 'hour') {
    return billing.services.usageBreakdowns.report({ accountId: customer.accountId, by, ...oneDay });
  }

  /** As `apilink audit` looks. */
  async function differences(): Promise<readonly unknown[]> {
    const texts = usagePart.checks.flatMap((check) => ('text' in check ? check.text : []));
    const found = await Promise.all(texts.map((text) => billing.database.query(text)));
    return found.flat();
  }

  it('counts each request once by everything that it named, and each of its tags', async () => {
    const customer = await billing.customer(10_000n);
    const app = { referer: 'https://acme.example/chat?session=1', title: null };
    await billing.settle(
      await finals(customer, [
        { endUser: 'ann', tags: ['blue', 'green', 'blue'], app: { referer: null, title: 'Acme' } },
        { endUser: 'ann', app },
        { endUser: null, outcome: 'rejected', chargeNanoUsd: 0n, usage: emptyUsage, usageSource: 'none' },
      ]),
    );
    const model = await report(customer, 'model');
    expect(model.rows).toEqual([
      expect.objectContaining({ value: 'acme/echo-1', requests: 3, chargeNanoUsd: 140n, inputTokens: 20 }),
    ]);
    expect(model.total).toMatchObject({ requests: 3, chargeNanoUsd: 140n, outputTokens: 40 });
    const rowsOf = async (by: 'user' | 'tag' | 'app' | 'outcome') =>
      (await report(customer, by)).rows.map(({ value, requests }) => `${value}: ${requests}`).toSorted();
    expect(await rowsOf('user')).toEqual([': 1', 'ann: 2']);
    expect(await rowsOf('tag')).toEqual(['blue: 1', 'green: 1']);
    expect(await rowsOf('app')).toEqual([': 1', 'Acme: 1', 'https://acme.example: 1']);
    expect(await rowsOf('outcome')).toEqual(['completed: 2', 'rejected: 1']);
    expect((await report(customer, 'key')).rows).toEqual([expect.objectContaining({ name: 'first', requests: 3 })]);
    expect(await differences()).toEqual([]);
  });

  it('counts a request that is delivered again once', async () => {
    const customer = await billing.customer(10_000n);
    const [final] = await finals(customer, [{}]);
    if (final === undefined) throw new Error('no final');
    await billing.settle([final, final]);
    await billing.settle([final]);
    expect((await report(customer, 'day')).rows).toEqual([
      expect.objectContaining({ value: '2026-11-22', requests: 1, chargeNanoUsd: 70n }),
    ]);
  });

  it('says nothing of a request that still runs', async () => {
    const customer = await billing.customer(10_000n);
    await billing.settle([await hold(customer)]);
    expect(await report(customer, 'model')).toMatchObject({ rows: [], total: { requests: 0, chargeNanoUsd: 0n } });
  });

  it('moves a request from expired to what it was when its end turns up late', async () => {
    const customer = await billing.customer(10_000n);
    const opened = await hold(customer);
    const { epoch: _epoch, candidates: _candidates, modelId: _model, generationId, ...facts } = opened;
    await billing.settle([opened]);
    await billing.database.transaction(async (sql) => {
      await new HoldRepository().expire(sql, [{ ...facts, holdId: generationId }], noon);
    });
    expect((await report(customer, 'outcome')).rows).toEqual([
      expect.objectContaining({ value: 'expired', requests: 1, chargeNanoUsd: 0n }),
    ]);
    await billing.settle([finalOf(opened, { endUser: 'late' })]);
    await billing.services.lateSettlements.settlePending();
    expect((await report(customer, 'outcome')).rows).toEqual([
      expect.objectContaining({ value: 'completed', requests: 1, chargeNanoUsd: 70n }),
    ]);
    expect((await report(customer, 'user')).rows.map(({ value }) => value)).toEqual(['late']);
    expect(await differences()).toEqual([]);
  });

  it('tells what was written off beside what was charged', async () => {
    const customer = await billing.customer(10_000n);
    const big = { ...emptyUsage, input: 30, output: 100 };
    await billing.settle(await finals(customer, [{ usage: big, chargeNanoUsd: 100n }]));
    expect((await report(customer, 'model')).total).toMatchObject({ chargeNanoUsd: 100n, writtenOffNanoUsd: 230n });
  });

  it('parts an hour of UTC by the day of the account where midnight lies within it', async () => {
    const customer = await billing.customer(10_000n);
    // Midnight in Kolkata is 18:30 in UTC.
    const week = { week: '2026-W47', month: '2026-11' };
    await billing.settle([
      finalOf(
        await hold(customer, {
          openedAt: Date.parse('2026-11-22T18:10:00.000Z'),
          periods: { day: '2026-11-22', ...week },
        }),
      ),
      finalOf(
        await hold(customer, {
          openedAt: Date.parse('2026-11-22T18:40:00.000Z'),
          periods: { day: '2026-11-23', ...week },
        }),
      ),
    ]);
    const ask = (by: 'day' | 'hour', to: string) =>
      billing.services.usageBreakdowns.report({ accountId: customer.accountId, by, ...oneDay, to });
    expect((await ask('day', '2026-11-23')).rows.map(({ value, requests }) => [value, requests])).toEqual([
      ['2026-11-22', 1],
      ['2026-11-23', 1],
    ]);
    const whole = '2026-11-22T18:00:00Z';
    expect((await ask('hour', '2026-11-23')).rows).toEqual([expect.objectContaining({ value: whole, requests: 2 })]);
    expect((await ask('hour', '2026-11-22')).rows).toEqual([expect.objectContaining({ value: whole, requests: 1 })]);
  });

  it('tells the rows beyond the limit as one, and loses nothing of them', async () => {
    const customer = await billing.customer(10_000n);
    await billing.settle(
      await finals(customer, [
        { endUser: 'a', usage: { ...emptyUsage, output: 3 } },
        { endUser: 'b', usage: { ...emptyUsage, output: 2 } },
        { endUser: 'c', usage: { ...emptyUsage, output: 1 } },
      ]),
    );
    const { accountId } = customer;
    const told = await billing.services.usageBreakdowns.report({ accountId, by: 'user', ...oneDay, limit: 1 });
    expect(told.rows.map(({ value, chargeNanoUsd }) => [value, chargeNanoUsd])).toEqual([['a', 9n]]);
    expect(told.others).toMatchObject({ requests: 2, chargeNanoUsd: 9n, outputTokens: 3 });
  });

  it('refuses a span that ends before it begins, and an account that is not there', async () => {
    const { accountId } = await billing.customer(0n);
    const ask = (change: object) =>
      billing.services.usageBreakdowns.report({ accountId, by: 'day', ...oneDay, ...change });
    await expect(ask({ from: '2026-11-23' })).rejects.toMatchObject({ code: 'invalid_parameter' });
    await expect(ask({ from: '1926-11-23' })).rejects.toMatchObject({ code: 'invalid_parameter' });
    await expect(ask({ accountId: newGenerationId() })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is found to be wrong by the audit when somebody lowers a day', async () => {
    const customer = await billing.customer(10_000n);
    await billing.settle(await finals(customer, [{}]));
    const superuser = new Client({ connectionString: test.superuserUrl });
    await superuser.connect();
    const change = (by: number) =>
      superuser.query('UPDATE billing.usage_days SET charge_nano_usd = charge_nano_usd + $2 WHERE account_id = $1', [
        customer.accountId,
        by,
      ]);
    await change(-1);
    const found = await differences();
    await change(1);
    await superuser.end();
    expect(found.length).toBeGreaterThan(0);
    expect(await differences()).toEqual([]);
  });
});
