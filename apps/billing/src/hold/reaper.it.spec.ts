import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topics } from '@apilink/contracts';
import type { Subscription } from '@apilink/events';
import type { Sql } from '@apilink/postgres';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { CONSUMER_GROUP } from '../billing-services.factory.js';
import { BillingScenario, finalOf, outgoing, type Customer } from '../scenario/billing-scenario.factory.js';

/** Holds are expired when they are admitted: the gate's clock is the database's. */
const HOLD_EXPIRY_MS = 1;

describe('the reaper', () => {
  let test: TestDatabase;
  let billing: BillingScenario;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(test, { now: Date.now, holdExpiryMs: HOLD_EXPIRY_MS });
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  function consume(): Promise<Subscription> {
    return billing.log.subscribe({ group: CONSUMER_GROUP, topics: [topics.usage.name], batchMax: 500 }, (batch) =>
      billing.services.settlements.settle(batch.events),
    );
  }

  async function consumed(): Promise<void> {
    const ends = await billing.log.endOffsets(topics.usage.name);
    for (;;) {
      const committed = await billing.log.committedOffsets(CONSUMER_GROUP, topics.usage.name);
      if ([...ends].every(([partition, end]) => (committed.get(partition) ?? 0n) >= end)) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function expired(): Promise<void> {
    // The gate compares whole milliseconds of its own clock.
    await billing.database.query('SELECT pg_sleep(0.005)');
  }

  async function held(customer: Customer): Promise<bigint | undefined> {
    return (await billing.gate.inspect(customer.accountId))?.heldNanoUsd;
  }

  async function stateOf(generationId: string): Promise<string | undefined> {
    const [row] = await billing.database.query<{ state: string }>('SELECT state FROM holds WHERE generation_id = $1', [
      generationId,
    ]);
    return row?.state;
  }

  it('ends a hold without a sign of its edge at charge 0, and frees what it held', async () => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, 500n);
    await billing.settle([hold]);
    await expired();
    expect(await billing.services.reaper.reap()).toBe(1);
    expect(await stateOf(hold.generationId)).toBe('expired');
    expect(await held(customer)).toBe(0n);
    expect(await billing.services.reaper.reap()).toBe(0);
  });

  it('lets no renewal revive a marked hold', async () => {
    const customer = await billing.customer(1_000n);
    const { amountNanoUsd, generationId, ...hold } = await billing.admit(customer, 500n);
    await expired();
    const marked = await billing.gate.markExpired(100);
    expect(marked.map(({ holdId }) => holdId)).toEqual([generationId]);
    const renewal = { ...hold, amountNanoUsd, holdId: generationId };
    const reply = await billing.gate.renew({ holds: [renewal], expiryMs: 90_000 });
    expect([...reply.gone]).toEqual([generationId]);
    await billing.services.reaper.reap();
  });

  it('waits until everything published before the mark is consumed, and leaves a hold whose final was among it', async () => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, 500n);
    await billing.log.publish([outgoing(hold), outgoing(finalOf(hold))]);
    await expired();
    expect(await billing.services.reaper.reap()).toBe(0);
    expect(await held(customer)).toBe(500n);
    const subscription = await consume();
    await consumed();
    expect(await billing.services.reaper.reap()).toBe(0);
    expect(await stateOf(hold.generationId)).toBe('settled');
    expect(await held(customer)).toBe(0n);
    await subscription.stop();
  });

  it('ends a hold that only the gate knew', async () => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, 500n);
    await expired();
    expect(await billing.services.reaper.reap()).toBe(1);
    expect(await billing.services.receipts.findOfAccount(customer.accountId, hold.generationId)).toMatchObject({
      state: 'expired',
      outcome: 'expired',
      charge_nano_usd: '0',
      hold_nano_usd: '500',
    });
    await billing.settle([hold, finalOf(hold)]);
    await billing.services.lateSettlements.settlePending();
    expect(await billing.services.receipts.find(hold.generationId)).toMatchObject({
      state: 'late_settled',
      charge_nano_usd: '70',
      model: 'acme/echo-1',
    });
  });

  it('ends a hold that is open in the table and released in the gate', async () => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, 500n);
    await billing.settle([hold]);
    await billing.gate.resize({
      accountId: customer.accountId,
      holdId: hold.generationId,
      targetNanoUsd: 0n,
      final: true,
      tokens: null,
    });
    await expired();
    await billing.services.reaper.reapUnlisted();
    await billing.services.reaper.reap();
    expect(await stateOf(hold.generationId)).toBe('expired');
  });

  it('ends many holds in steps, so that what fails later takes nothing back', async () => {
    const customer = await billing.customer(1_000n);
    const holds = await Promise.all(Array.from({ length: 501 }, () => billing.admit(customer, 1n)));
    await expired();
    const failing = await BillingScenario.open(await test.database('billing_app'), billing.clock);
    let steps = 0;
    failing.database.transaction = async <Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> => {
      steps += 1;
      if (steps === 2) throw new Error('the database went away');
      return billing.database.transaction(work);
    };
    await expect(failing.services.reaper.reap()).rejects.toThrow('went away');
    await failing.close();
    expect(await held(customer)).toBe(1n);
    await expired();
    expect(await billing.services.reaper.reap()).toBe(1);
    expect(await held(customer)).toBe(0n);
    const states = await billing.database.query<{ state: string; count: string }>(
      'SELECT state, count(*) FROM holds WHERE account_id = $1 GROUP BY 1',
      [customer.accountId],
    );
    expect(states).toEqual([{ state: 'expired', count: String(holds.length) }]);
  });

  it('tells no difference after all of this', async () => {
    const differences: unknown[] = [];
    await billing.services.audits.run('audit', (line) => {
      if (line.type === 'report') differences.push(...line.differences);
    });
    expect(differences).toEqual([]);
  });
});
