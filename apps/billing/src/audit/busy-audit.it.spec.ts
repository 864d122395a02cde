import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { outcomeSchema, topics, type HoldOpened, type UsageFinal } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { CONSUMER_GROUP } from '../billing-services.factory.js';
import { BillingScenario, finalOf, outgoing, type Customer } from '../scenario/billing-scenario.factory.js';
import type { AuditDifference } from './audit.domain.js';

/** Short, so that edges that fall silent are reaped while the others go on. */
const HOLD_EXPIRY_MS = 150;
const EDGES = 6;
const REQUESTS = 40;
const CREDIT = 6_000n;

/** A small generator of its own per edge: the same histories every time, in whatever order they meet. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Everything that writes money at once: edges, two consumers, two reapers, late settlements, grants, loads, audits. */
describe('a busy system', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let second: BillingScenario;
  let customers: readonly Customer[];

  beforeAll(async () => {
    test = await createTestDatabase();
    const clock = { now: Date.now, holdExpiryMs: HOLD_EXPIRY_MS };
    billing = await BillingScenario.create(test, clock);
    second = await BillingScenario.open(await test.database('billing_app'), clock);
    customers = [await billing.customer(CREDIT), await billing.customer(CREDIT)];
  });

  afterAll(async () => {
    await billing.close();
    await second.close();
    await test.drop();
  });

  async function audit(): Promise<readonly AuditDifference[]> {
    const found: AuditDifference[] = [];
    await billing.services.audits.run('audit', (line) => {
      if (line.type === 'report') found.push(...line.differences);
    });
    return found;
  }

  let grants = 0;
  async function grant(): Promise<void> {
    const accountId = customers[grants % customers.length]?.accountId;
    if (accountId === undefined) return;
    const asked = {
      accountId,
      amountNanoUsd: 20n,
      reason: 'test',
      requestKey: `busy-grant-${grants++}`,
      actor: 'test',
    };
    await Promise.all([billing.services.credits.grant(asked), second.services.credits.grant(asked)]);
  }

  /** What it published, in the order of its life; a silent edge publishes long after its hold has expired, or never. */
  async function edge(number: number): Promise<void> {
    const next = numbers(number);
    for (let request = 0; request < REQUESTS; request++) {
      const customer = customers[next(customers.length)];
      if (customer === undefined) continue;
      const hold = await admitted(customer, BigInt(100 + next(400)));
      if (hold === null) continue;
      const final = finalFor(hold, next);
      const { accountId, generationId: holdId } = hold;
      if (next(4) > 0) await billing.gate.renew({ holds: [renewal(hold)], expiryMs: HOLD_EXPIRY_MS });
      if (next(3) > 0) {
        const targetNanoUsd = final.finalHoldNanoUsd;
        await billing.gate.resize({ accountId, holdId, targetNanoUsd, final: true, tokens: 5 });
      }
      const silence = next(8);
      if (silence === 0) continue;
      if (silence === 1) await billing.database.query('SELECT pg_sleep(0.3)');
      const told = [outgoing(hold), outgoing(final)];
      await billing.log.publish(next(2) === 0 ? told : told.toReversed());
      if (next(4) === 0) await second.settle([final, hold]);
    }
  }

  async function admitted(customer: Customer, amountNanoUsd: bigint): Promise<HoldOpened | null> {
    try {
      return await billing.admit(customer, amountNanoUsd);
    } catch (error) {
      if (String(error).includes('refused')) return null;
      throw error;
    }
  }

  it('never says more than there is, is audited without a false difference, and ends with nothing held', async () => {
    const usage = { group: CONSUMER_GROUP, topics: [topics.usage.name], batchMax: 7 };
    const poison: unknown[] = [];
    await billing.log.subscribe(usage, async (batch) => {
      const found = await billing.services.settlements.settle(batch.events);
      poison.push(...found);
      return found;
    });
    const busy = new AbortController();
    const differences: AuditDifference[] = [];
    const again = async (work: () => Promise<unknown>) => {
      while (!busy.signal.aborted) await work();
    };
    const background = [
      again(() => billing.services.reaper.reap()),
      again(() => second.services.lateSettlements.settlePending()),
      again(() => billing.services.lateSettlements.settlePending()),
      again(() => billing.services.reaper.reapUnlisted()),
      again(grant),
      again(async () => differences.push(...(await audit()))),
    ];
    await Promise.all(Array.from({ length: EDGES }, (_, number) => edge(number + 1)));
    busy.abort();
    await Promise.all(background);
    await untilQuiet();
    expect(poison).toEqual([]);
    const states = await billing.database.query<{ state: string }>('SELECT DISTINCT state FROM holds ORDER BY 1');
    expect(states.map(({ state }) => state)).toEqual(['expired', 'late_settled', 'settled', 'voided']);
    expect(differences).toEqual([]);
    expect(await audit()).toEqual([]);
    for (const { accountId } of customers) {
      expect(await billing.gate.inspect(accountId)).toMatchObject({
        heldNanoUsd: 0n,
        running: 0,
        holds: [],
        heldByPeriod: [],
      });
    }
  }, 120_000);

  /** Everything consumed, reaped and posted, as an hour of quiet would leave it. */
  async function untilQuiet(): Promise<void> {
    for (;;) {
      await billing.services.reaper.reap();
      await billing.services.reaper.reapUnlisted();
      await billing.services.lateSettlements.settlePending();
      const [row] = await billing.database.query<{ waiting: string }>(
        `SELECT (SELECT count(*) FROM holds WHERE state = 'open')
           + (SELECT count(*) FROM late_settlements WHERE state = 'pending') AS waiting`,
      );
      const views = await Promise.all(customers.map(({ accountId }) => billing.gate.inspect(accountId)));
      const listed = views.reduce((sum, view) => sum + (view?.holds.length ?? 0), 0);
      if (row?.waiting === '0' && listed === 0) return;
    }
  }
});

function renewal({ amountNanoUsd, generationId, ...hold }: HoldOpened) {
  return { ...hold, amountNanoUsd, holdId: generationId };
}

function finalFor(hold: HoldOpened, next: (below: number) => number): UsageFinal {
  const outcome = outcomeSchema.options[next(outcomeSchema.options.length)] ?? 'completed';
  const finalHoldNanoUsd = next(2) === 0 ? hold.amountNanoUsd : BigInt(next(Number(hold.amountNanoUsd)));
  return finalOf(hold, { outcome, finalHoldNanoUsd, chargeNanoUsd: 0n });
}
