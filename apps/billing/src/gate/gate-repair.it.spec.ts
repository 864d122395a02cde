import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisHoldStore } from '@apilink/holds';
import { testRedis } from '@apilink/local-stack';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { BillingScenario, finalOf, type Customer } from '../scenario/billing-scenario.factory.js';

describe('the comparison of gate and ledger', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let gate: RedisHoldStore;

  beforeAll(async () => {
    test = await createTestDatabase();
    const { hostname, port } = new URL((await testRedis()).url);
    const keyPrefix = `billing-repair-${test.name}:`;
    gate = new RedisHoldStore({ connection: { host: hostname, port: Number(port) }, unsafe: 'allow', keyPrefix });
    await gate.connected();
    billing = await BillingScenario.create(test, { now: Date.now, holdExpiryMs: 90_000 }, { gate });
    await billing.services.epochWatch.watch();
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  /** What was committed and never told: nothing of ours loses a row, an operator's hand may. */
  async function loseRows({ accountId }: Customer): Promise<void> {
    await billing.database.query('DELETE FROM gate_outbox WHERE account_id = $1', [accountId]);
  }

  async function settled(): Promise<Customer> {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, 100n);
    await billing.settle([hold, finalOf(hold)]);
    return customer;
  }

  async function repair(): Promise<number> {
    const repaired = await billing.services.gateRepair.repair();
    await billing.tellGate();
    return repaired;
  }

  it('tells nothing where both say the same, or what differs is on its way', async () => {
    const customer = await settled();
    expect(await billing.services.gateRepair.repair()).toBe(0);
    expect(await gate.inspect(customer.accountId)).toMatchObject({ balance: { postedNanoUsd: 930n }, holds: [] });
  });

  it('tells again what the gate never heard: balance, counters, an ended hold, a revoked key', async () => {
    const customer = await settled();
    await loseRows(customer);
    await billing.database.query("UPDATE api_keys SET status = 'revoked', version = version + 1 WHERE key_id = $1", [
      customer.keyId,
    ]);
    expect(await gate.inspect(customer.accountId)).toMatchObject({ heldNanoUsd: 100n });
    expect(await repair()).toBe(1);
    expect(await gate.inspect(customer.accountId)).toMatchObject({
      balance: { postedNanoUsd: 930n, spentNanoUsd: 70n },
      heldNanoUsd: 0n,
      holds: [],
      keys: [{ status: 'revoked' }],
    });
    expect(await repair()).toBe(0);
  });

  it('outdoes a wrong balance and a wrong counter at the same version, and at a newer one', async () => {
    const customer = await settled();
    await billing.tellGate();
    const view = await gate.inspect(customer.accountId);
    const [spend] = view?.periods ?? [];
    if (view === null || spend === undefined) throw new Error('the gate does not know the account');
    const wrong = { ...view.balance, postedNanoUsd: 5_000n, version: view.balance.version + 3 };
    const counter = { ...spend, spentNanoUsd: 1n, version: spend.version + 1 };
    await gate.apply([{ accountId: customer.accountId, balance: wrong, periods: [counter] }]);
    expect(await repair()).toBe(1);
    const mended = await gate.inspect(customer.accountId);
    expect(mended?.balance).toMatchObject({ postedNanoUsd: 930n, version: wrong.version + 1 });
    const { accountId } = customer;
    const kept = await billing.services.differences.list({ kind: 'gate', accountId, before: null, limit: 10 });
    expect(kept.differences).toEqual([
      expect.objectContaining({
        expected: expect.stringContaining('"postedNanoUsd":"930"'),
        found: expect.stringContaining('"postedNanoUsd":"5000"'),
      }),
    ]);
    expect(mended?.periods.map(({ spentNanoUsd }) => spentNanoUsd)).toEqual(
      view.periods.map(({ spentNanoUsd }) => spentNanoUsd),
    );
    expect(await repair()).toBe(0);
  });

  it('leaves books and gate without a difference', async () => {
    const differences: unknown[] = [];
    await billing.services.audits.run('audit', (line) => {
      if (line.type === 'report') differences.push(...line.differences);
    });
    expect(differences).toEqual([]);
  });
});
