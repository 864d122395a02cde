import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { outcomeSchema, type HoldOpened, type UsageFinal } from '@apilink/contracts';
import { emptyUsage } from '@apilink/pricing';
import { createTestDatabase, proofDepth, proofSeed, proofTitle, type TestDatabase } from '@apilink/testing';
import * as fc from 'fast-check';

import { BillingScenario, finalOf, type Customer } from '../scenario/billing-scenario.factory.js';

const HOLD = 200n;
const RUNS = proofDepth({ ci: 25, soak: 1_000 });

/** What an edge says of one request: its outcome and what was metered. */
interface Story {
  readonly outcome: UsageFinal['outcome'];
  readonly output: number;
  readonly metered: boolean;
}

const stories = fc.array(
  fc.record<Story>({
    outcome: fc.constantFrom(...outcomeSchema.options),
    output: fc.integer({ min: 0, max: 90 }),
    metered: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

/** How a log may deliver them: in any order, some twice, cut into batches anywhere, and all again from the beginning. */
const deliveries = fc.record({ order: fc.array(fc.nat(), { maxLength: 40 }), cuts: fc.integer({ min: 1, max: 7 }) });

describe('settlement under replay', () => {
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

  /** What the books say in the end, without the order in which they came to say it. */
  async function books(customer: Customer, holds: readonly HoldOpened[]): Promise<unknown> {
    const [balance] = await billing.database.query(
      `SELECT posted_nano_usd, paid_nano_usd, promo_nano_usd, credited_nano_usd, spent_nano_usd, ledger_version
       FROM gate_balances WHERE account_id = $1`,
      [customer.accountId],
    );
    const ended = await billing.database.query<{ generation_id: string }>(
      `SELECT generation_id, state, outcome, amount_nano_usd, charge_nano_usd, written_off_nano_usd, price_version, transfer_id
       IS NULL AS free FROM holds WHERE account_id = $1`,
      [customer.accountId],
    );
    const spends = await billing.database.query(
      'SELECT scope, period, spent_nano_usd FROM period_spends WHERE account_id = $1 ORDER BY scope, period',
      [customer.accountId],
    );
    const view = await billing.gate.inspect(customer.accountId);
    const place = new Map<string, number>(holds.map(({ generationId }, index) => [generationId, index]));
    return {
      balance,
      holds: ended
        .map(({ generation_id: id, ...facts }) => ({ index: place.get(id), ...facts }))
        .toSorted((left, right) => (left.index ?? 0) - (right.index ?? 0)),
      spends,
      gate: { posted: view?.balance.postedNanoUsd, held: view?.heldNanoUsd, holds: view?.holds.length },
    };
  }

  async function tell(history: readonly Story[], deliver: (events: (HoldOpened | UsageFinal)[]) => Promise<void>) {
    const customer = await billing.customer(10_000n);
    const holds: HoldOpened[] = [];
    const events: (HoldOpened | UsageFinal)[] = [];
    for (const story of history) {
      const hold = await billing.admit(customer, HOLD);
      holds.push(hold);
      events.push(hold, finalFor(hold, story));
    }
    await deliver(events);
    return books(customer, holds);
  }

  async function inBatches(events: readonly (HoldOpened | UsageFinal)[], size: number): Promise<void> {
    for (let from = 0; from < events.length; from += size) {
      expect(await billing.settle(events.slice(from, from + size))).toEqual([]);
    }
  }

  it(
    `comes to the same books from any order, with repetitions and from the beginning again ${proofTitle(RUNS)}`,
    async () => {
      await fc.assert(
        fc.asyncProperty(stories, deliveries, async (history, { order, cuts }) => {
          const inOrder = await tell(history, (events) => inBatches(events, 500));
          const shuffled = await tell(history, async (events) => {
            const extra = order.flatMap((index) => events[index % events.length] ?? []);
            await inBatches([...extra, ...events.toReversed()], cuts);
            await inBatches(events, 3);
          });
          expect(shuffled).toEqual(inOrder);
        }),
        { numRuns: RUNS, seed: proofSeed },
      );
      const differences: unknown[] = [];
      await billing.services.audits.run('audit', (line) => {
        if (line.type === 'report') differences.push(...line.differences);
      });
      expect(differences).toEqual([]);
    },
    60_000 + RUNS * 5_000,
  );
});

function finalFor(hold: HoldOpened, { outcome, output, metered }: Story): UsageFinal {
  const usage = { ...emptyUsage, input: 5, output };
  const known = metered || !['gateway_abort', 'client_disconnect'].includes(outcome);
  return finalOf(hold, known ? { outcome, usage } : { outcome, answeredBy: null, usageSource: 'none' });
}
