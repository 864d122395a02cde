import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { UsageFinal } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { BillingScenario, finalOf } from '../scenario/billing-scenario.factory.js';

/** What JSON can say and no text column can keep: the end of a C string, and half of a character. */
const NUL = '\u0000';
const HALF = '\ud83d';

const changes: readonly Partial<UsageFinal>[] = [
  { endUser: `u${NUL}1` },
  { endUser: `cut in the middle of ${HALF}` },
  { session: NUL },
  { reason: `the upstream said ${HALF}${NUL}` },
  { finishReason: `stop${NUL}` },
  { serviceTier: HALF },
  { app: { referer: NUL, title: HALF } },
  { tags: [`a${NUL}`, HALF] },
];

describe('a final with text that the database cannot keep', () => {
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

  it.each(changes)('is charged like any other: %j', async (change) => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, 500n);
    expect(await billing.settle([hold, finalOf(hold, change)])).toEqual([]);
    expect(await billing.services.receipts.find(hold.generationId)).toMatchObject({
      state: 'settled',
      charge_nano_usd: '70',
    });
  });

  it('is charged also when it comes late', async () => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, 500n);
    await billing.settle([hold]);
    await billing.database.query('SELECT pg_sleep(0.005)');
    expect(await billing.services.reaper.reap()).toBe(1);
    expect(await billing.settle([finalOf(hold, { endUser: NUL, tags: [HALF] })])).toEqual([]);
    expect(await billing.services.lateSettlements.settlePending()).toBe(1);
    expect(await billing.services.receipts.find(hold.generationId)).toMatchObject({
      state: 'late_settled',
      charge_nano_usd: '70',
    });
  });

  it('keeps a backslash that only looks like such text', async () => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, 500n);
    const endUser = String.raw`\u0000 and \\u0000 and \ud83d`;
    expect(await billing.settle([hold, finalOf(hold, { endUser })])).toEqual([]);
    const [row] = await billing.database.query('SELECT end_user FROM holds WHERE generation_id = $1', [
      hold.generationId,
    ]);
    expect(row).toEqual({ end_user: endUser });
  });
});
