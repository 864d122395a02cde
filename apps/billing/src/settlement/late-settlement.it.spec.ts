import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HoldOpened } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { BillingScenario, finalOf, standingEpochs, type Customer } from '../scenario/billing-scenario.factory.js';

const HOLD = 500n;
const METERED = 70n;

describe('late settlement', () => {
  let test: TestDatabase;
  let billing: BillingScenario;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(test, { now: Date.now, holdExpiryMs: 1 });
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  async function posted(customer: Customer): Promise<bigint> {
    const { balance } = await billing.services.accounts.show(customer.accountId);
    return balance.paidNanoUsd + balance.promoNanoUsd;
  }

  /** The edge is gone, the gate's clock has passed, the reaper has been there. */
  async function expire(hold: HoldOpened): Promise<void> {
    await billing.settle([hold]);
    await billing.database.query('SELECT pg_sleep(0.005)');
    while ((await stateOf(hold)) !== 'expired') await billing.services.reaper.reap();
  }

  async function stateOf(hold: HoldOpened): Promise<string> {
    return (await billing.services.receipts.find(hold.generationId)).state;
  }

  async function differences(): Promise<readonly unknown[]> {
    const found: unknown[] = [];
    await billing.services.audits.run('audit', (line) => {
      if (line.type === 'report') found.push(...line.differences);
    });
    return found;
  }

  it('posts a final of an expired hold once, from a hold of its own in the gate', async () => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, HOLD);
    await expire(hold);
    await billing.settle([finalOf(hold)]);
    await billing.settle([finalOf(hold)]);
    expect(await posted(customer)).toBe(1_000n);
    const { lateSettlements } = billing.services;
    await Promise.all([lateSettlements.settlePending(), lateSettlements.settlePending()]);
    await billing.settle([finalOf(hold)]);
    await lateSettlements.settlePending();
    expect(await posted(customer)).toBe(1_000n - METERED);
    expect(await billing.gate.inspect(customer.accountId)).toMatchObject({ heldNanoUsd: 0n, holds: [] });
    expect(await billing.services.receipts.find(hold.generationId)).toMatchObject({
      state: 'late_settled',
      outcome: 'completed',
      charge_nano_usd: '70',
    });
    expect(await differences()).toEqual([]);
  });

  it('posts what the gate leaves beside running holds, and writes the rest off', async () => {
    const customer = await billing.customer(100n);
    const late = await billing.admit(customer, 100n);
    await expire(late);
    await billing.settle([finalOf(late)]);
    const running = await billing.admit(customer, 60n);
    await billing.services.lateSettlements.settlePending();
    expect(await billing.services.receipts.find(late.generationId)).toMatchObject({
      charge_nano_usd: '40',
      written_off_nano_usd: '30',
    });
    await billing.settle([running, finalOf(running, { outcome: 'client_disconnect', chargeNanoUsd: 60n })]);
    expect(await posted(customer)).toBe(0n);
    expect(await differences()).toEqual([]);
  });

  it('stays within the cap of the key', async () => {
    const customer = await billing.customer(1_000n);
    const late = await billing.admit(customer, HOLD);
    await expire(late);
    await billing.settle([finalOf(late)]);
    await billing.services.apiKeys.update(customer.keyId, { monthlyCapNanoUsd: 50n }, 'test');
    await billing.services.lateSettlements.settlePending();
    expect(await billing.services.receipts.find(late.generationId)).toMatchObject({
      charge_nano_usd: '50',
      written_off_nano_usd: '20',
    });
    expect(await differences()).toEqual([]);
  });

  it('takes up again what a crash left between the hold and the posting', async () => {
    const customer = await billing.customer(1_000n);
    const late = await billing.admit(customer, HOLD);
    await expire(late);
    await billing.settle([finalOf(late)]);
    const crashed = await BillingScenario.open(await test.database('billing_app'), billing.clock);
    crashed.database.transaction = () => Promise.reject(new Error('the process ended here'));
    await expect(crashed.services.lateSettlements.settlePending()).rejects.toThrow('ended here');
    expect(await billing.gate.inspect(customer.accountId)).toMatchObject({ heldNanoUsd: METERED });
    await billing.services.lateSettlements.settlePending();
    expect(await posted(customer)).toBe(1_000n - METERED);
    expect(await billing.gate.inspect(customer.accountId)).toMatchObject({ heldNanoUsd: 0n });
    expect(await differences()).toEqual([]);
  });

  it('holds up nothing behind one that cannot be settled', async () => {
    const owner = await test.database('billing_owner');
    const [damaged, sound] = [await billing.customer(1_000n), await billing.customer(1_000n)];
    const [first, second] = [await billing.admit(damaged, HOLD), await billing.admit(sound, HOLD)];
    for (const hold of [first, second]) await expire(hold);
    for (const hold of [first, second]) await billing.settle([finalOf(hold)]);
    await owner.query(
      `ALTER TABLE ledger_transfers ADD CONSTRAINT damaged CHECK (ref <> '${first.generationId}') NOT VALID`,
    );
    await expect(billing.services.lateSettlements.settlePending()).rejects.toThrow(
      /1 late settlements failed.*damaged/,
    );
    await owner.query('ALTER TABLE ledger_transfers DROP CONSTRAINT damaged');
    expect([await stateOf(first), await stateOf(second)]).toEqual(['expired', 'late_settled']);
    expect(await billing.services.lateSettlements.settlePending()).toBe(1);
    expect(await posted(damaged)).toBe(1_000n - METERED);
    expect(await differences()).toEqual([]);
  });

  it('keeps to the first claim, whatever a second final says', async () => {
    const customer = await billing.customer(1_000n);
    const late = await billing.admit(customer, HOLD);
    await expire(late);
    await billing.settle([finalOf(late)]);
    await billing.settle([finalOf(late, { outcome: 'rejected', chargeNanoUsd: 0n })]);
    expect(await billing.services.lateSettlements.settlePending()).toBe(1);
    expect(await posted(customer)).toBe(1_000n - METERED);
    expect(await billing.gate.inspect(customer.accountId)).toMatchObject({ heldNanoUsd: 0n, holds: [] });
    expect(await differences()).toEqual([]);
  });

  it('is the way of a final whose hold the gate confirmed in another epoch', async () => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, HOLD);
    await billing.database.query("INSERT INTO gate_epochs (epoch, run_id) VALUES ($1, 'test')", [hold.epoch]);
    const stage = { gateEpochs: standingEpochs(hold.epoch) };
    const apart = await BillingScenario.open(await test.database('billing_app'), billing.clock, stage);
    await apart.settle([hold, finalOf(hold, { epoch: hold.epoch + 1 })]);
    expect(await stateOf(hold)).toBe('expired');
    await apart.services.lateSettlements.settlePending();
    await apart.tellGate();
    await apart.close();
    expect(await stateOf(hold)).toBe('late_settled');
    expect(await posted(customer)).toBe(1_000n - METERED);
    expect(await differences()).toEqual([]);
  });

  it('of a final without a charge needs no hold', async () => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, HOLD);
    await expire(hold);
    await billing.settle([finalOf(hold, { outcome: 'rejected', chargeNanoUsd: 0n })]);
    expect(await stateOf(hold)).toBe('late_settled');
    expect(await billing.services.lateSettlements.settlePending()).toBe(0);
    expect(await differences()).toEqual([]);
  });
});
