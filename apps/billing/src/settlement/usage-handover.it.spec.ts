import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HoldOpened, UsageFinal } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { BillingScenario, finalOf, outgoing, type Customer } from '../scenario/billing-scenario.factory.js';
import { strangeHold } from '../scenario/billing-service.factory.js';

describe('a hand-over of usage events', () => {
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

  async function posted(customer: Customer): Promise<bigint> {
    const { balance } = await billing.services.accounts.show(customer.accountId);
    return balance.paidNanoUsd + balance.promoNanoUsd;
  }

  it('settles once, whatever the log brings of the same events before, at the same time or later', async () => {
    const customer = await billing.customer(1_000n);
    const [late, before, beside] = [
      await billing.admit(customer, 100n),
      await billing.admit(customer, 100n),
      await billing.admit(customer, 100n),
    ];
    const { handovers } = billing.services;
    await billing.settle([before, finalOf(before)]);
    const bodies = [late, before, beside].flatMap((hold) => [hold, finalOf(hold)]);
    await Promise.all([
      handovers.take(request(bodies)),
      handovers.take(request(bodies)),
      billing.settle([beside, finalOf(beside)]),
    ]);
    expect(await billing.settle([finalOf(late), late, finalOf(beside)])).toEqual([]);
    expect(await posted(customer)).toBe(1_000n - 3n * 70n);
    expect(await billing.gate.inspect(customer.accountId)).toMatchObject({ heldNanoUsd: 0n, holds: [] });
  });

  it('refuses what can never be settled with its reason, and settles the rest', async () => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, 100n);
    const asked = request([strangeHold(), hold, finalOf(hold)]);
    const reply = await billing.services.handovers.take(asked);
    expect(reply).toEqual({
      settled: 2,
      refused: [{ id: asked.events[0]?.id, reason: expect.stringContaining('unknown account') }],
    });
    expect(await posted(customer)).toBe(930n);
  });

  it('takes nothing while a price version has not arrived: the edge keeps its events', async () => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, 100n);
    const unknown = { endpointId: 'alpha/acme/echo-1', priceVersion: 'pv_unknown' };
    const final = finalOf(hold, { answeredBy: unknown, candidates: [unknown] });
    await expect(billing.services.handovers.take(request([hold, final]))).rejects.toMatchObject({
      code: 'billing_unavailable',
    });
    expect(await billing.database.query('SELECT FROM holds WHERE generation_id = $1', [hold.generationId])).toEqual([]);
  });
});

/** As an edge hands over what it would have published. */
function request(bodies: readonly (HoldOpened | UsageFinal)[]) {
  const events = bodies.map((body) => {
    const { id, source, time, key, body: text } = outgoing(body);
    const type = 'outcome' in body ? ('usage.final' as const) : ('hold.opened' as const);
    return { id, type, source, time, key, body: text ?? '' };
  });
  return { events };
}
