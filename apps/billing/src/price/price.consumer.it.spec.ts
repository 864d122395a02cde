import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topics } from '@apilink/contracts';
import { encodeEvent, type LoggedEvent } from '@apilink/events';
import { priceVersionOf } from '@apilink/pricing';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { BillingScenario, scenarioCard } from '../scenario/billing-scenario.factory.js';
import { PriceConsumer } from './price.consumer.js';

function published(modelId: string, offset: bigint): LoggedEvent {
  const unpublished = { ...scenarioCard, modelId, rows: scenarioCard.rows.map((row) => ({ ...row })) };
  const rateCard = { ...unpublished, priceVersion: priceVersionOf(unpublished) };
  const event = encodeEvent(topics.prices, {
    key: rateCard.priceVersion,
    id: rateCard.priceVersion,
    source: 'router',
    time: 0,
    type: 'price.published',
    body: { rateCard, publishedAt: Date.now() },
  });
  return { ...event, partition: 0, offset };
}

describe('published prices', () => {
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

  it('are kept, also beside one that the table refuses: it would hide all later prices', async () => {
    const consumer = new PriceConsumer(billing.services.prices, billing.services.poisonMetrics);
    const [before, refused, after] = [published('acme/a', 0n), published('acme/\u0000', 1n), published('acme/b', 2n)];
    const batch = { topic: topics.prices.name, partition: 0, events: [before, refused, after] };
    expect(await consumer.handle(batch)).toEqual([
      { event: refused, reason: expect.stringContaining('refused by the ledger') },
    ]);
    const rows = await billing.database.query('SELECT model_id FROM prices ORDER BY model_id');
    expect(rows).toEqual(['acme/a', 'acme/b', scenarioCard.modelId].map((modelId) => ({ model_id: modelId })));
  });
});
