import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accountIdSchema, topics } from '@apilink/contracts';
import { createTestDatabase, ManualClock, type TestDatabase } from '@apilink/testing';

import { CONSUMER_GROUP } from '../billing-services.factory.js';
import { BillingScenario, finalOf, outgoing, type Customer } from '../scenario/billing-scenario.factory.js';

const clock = new ManualClock(Date.now());
/** Each look at the clock is a millisecond later: waiting ends without waiting. */
function ticking(): number {
  clock.advance(1);
  return clock.now();
}

describe('a load of the gate', () => {
  let test: TestDatabase;
  let billing: BillingScenario;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(test, { now: ticking, holdExpiryMs: 90_000 });
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  /** What a lost gate would have left: nothing of the account. */
  async function forget({ accountId }: Customer): Promise<void> {
    const owner = await test.database('gate_owner');
    for (const table of ['holds', 'tombstones', 'period_counters', 'keys', 'workspaces', 'accounts']) {
      await owner.query(`DELETE FROM gate.${table} WHERE account_id = $1`, [accountId]);
    }
  }

  it('brings back balance, limits, spend and open holds', async () => {
    const customer = await billing.customer(1_000n);
    const [ended, open] = [await billing.admit(customer, 100n), await billing.admit(customer, 200n)];
    await billing.settle([ended, finalOf(ended), open]);
    const before = await billing.gate.inspect(customer.accountId);
    await forget(customer);
    await billing.services.loads.load(customer.accountId);
    const after = await billing.gate.inspect(customer.accountId);
    expect(after).toMatchObject({
      balance: before?.balance,
      keys: before?.keys,
      workspaces: before?.workspaces,
      periods: before?.periods,
      heldNanoUsd: 200n,
    });
    expect(after?.holds.map(({ holdId }) => holdId)).toEqual([open.generationId]);
  });

  it('changes nothing of an account that is there', async () => {
    const customer = await billing.customer(1_000n);
    await billing.admit(customer, 100n);
    const before = await billing.gate.inspect(customer.accountId);
    await Promise.all([
      billing.services.loads.load(customer.accountId),
      billing.services.loads.load(customer.accountId),
    ]);
    expect(await billing.gate.inspect(customer.accountId)).toEqual(before);
  });

  it('waits for what was published before, and gives up after 2 s with 503', async () => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, 100n);
    await billing.settle([hold]);
    await billing.log.publish([outgoing(finalOf(hold))]);
    await forget(customer);
    await expect(billing.services.loads.load(customer.accountId)).rejects.toMatchObject({
      code: 'billing_unavailable',
    });
    expect(await billing.gate.inspect(customer.accountId)).toBeNull();
    const subscription = await billing.log.subscribe(
      { group: CONSUMER_GROUP, topics: [topics.usage.name], batchMax: 500 },
      (batch) => billing.services.settlements.settle(batch.events),
    );
    let loaded = false;
    while (!loaded)
      loaded = await billing.services.loads.load(customer.accountId).then(
        () => true,
        () => false,
      );
    expect(await billing.gate.inspect(customer.accountId)).toMatchObject({ heldNanoUsd: 0n, holds: [] });
    await subscription.stop();
  });

  it('of an unknown account is answered as not found', async () => {
    const unknown = accountIdSchema.out.parse('00000000-0000-7000-8000-00000000000a');
    await expect(billing.services.loads.load(unknown)).rejects.toMatchObject({ code: 'not_found' });
  });
});
