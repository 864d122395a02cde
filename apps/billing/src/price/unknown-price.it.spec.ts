import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topics, type HoldOpened, type UsageFinal } from '@apilink/contracts';
import { partitionOf } from '@apilink/events';
import { priceVersionOf } from '@apilink/pricing';
import { createTestDatabase, ManualClock, type TestDatabase } from '@apilink/testing';

import { CONSUMER_GROUP } from '../billing-services.factory.js';
import {
  BillingScenario,
  finalOf,
  outgoing,
  scenarioCard,
  type Customer,
} from '../scenario/billing-scenario.factory.js';
import { eventually } from '../scenario/billing-service.factory.js';

const lateCard = { ...scenarioCard, modelId: 'acme/echo-late' };
const rateCard = {
  ...lateCard,
  priceVersion: priceVersionOf(lateCard),
  rows: lateCard.rows.map((row) => ({ ...row })),
};
const answeredBy = { endpointId: rateCard.endpointId, priceVersion: rateCard.priceVersion };

function atNewPrice(hold: HoldOpened): readonly [HoldOpened, UsageFinal] {
  const opened = { ...hold, candidates: [answeredBy] };
  return [opened, finalOf(opened, { answeredBy })];
}

function partition(body: HoldOpened): number {
  return partitionOf(outgoing(body).key, topics.usage.partitions);
}

describe('a final at a price version that has not arrived', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  const clock = new ManualClock(Date.now());

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(test, { now: clock.now, holdExpiryMs: 90_000 });
    await billing.log.subscribe({ group: CONSUMER_GROUP, topics: [topics.usage.name], batchMax: 500 }, (batch) =>
      billing.services.settlements.settle(batch.events),
    );
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  async function spentOf({ accountId }: Customer): Promise<bigint> {
    return (await billing.services.accounts.show(accountId)).balance.spentNanoUsd;
  }

  it('holds up its own partition for 60 s, becomes a dead letter, and settles when it is put back later', async () => {
    const customer = await billing.customer(1_000n);
    const waiting = await billing.admit(customer, 500n);
    const behind = await billing.admit(customer, 500n);
    let other = await billing.customer(1_000n);
    let free = await billing.admit(other, 500n);
    while (partition(free) === partition(waiting)) {
      other = await billing.customer(1_000n);
      free = await billing.admit(other, 500n);
    }
    const events = [...atNewPrice(waiting), behind, finalOf(behind)].map(outgoing);
    await billing.log.publish(events);
    await billing.log.publish([free, finalOf(free)].map(outgoing));
    await eventually(async () => ((await spentOf(other)) === 70n ? true : null));
    expect(await spentOf(customer)).toBe(0n);
    clock.advance(60_001);
    await eventually(async () => ((await spentOf(customer)) === 70n ? true : null));
    const { deadLetters } = await billing.services.deadLetters.list(null, 10);
    expect(deadLetters.map(({ eventId, error }) => [eventId, error])).toEqual([
      [events[1]?.id, expect.stringContaining('unknown price version')],
    ]);
    await billing.services.prices.record([{ rateCard, publishedAt: clock.now() }]);
    for (const { id } of [...deadLetters, ...deadLetters]) await billing.services.deadLetters.replay(id, 'test');
    await eventually(async () => ((await spentOf(customer)) === 140n ? true : null));
    expect(await billing.gate.inspect(customer.accountId)).toMatchObject({ heldNanoUsd: 0n, holds: [] });
  });
});
