import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accountIdSchema, type HoldOpened, type Outcome, type UsageFinal } from '@apilink/contracts';
import { emptyUsage } from '@apilink/pricing';
import { createTestDatabase, ManualClock, type TestDatabase } from '@apilink/testing';

import { BillingScenario, finalOf, type Customer } from '../scenario/billing-scenario.factory.js';
import type { AuditLine } from '../audit/audit.service.js';

const HOLD = 500n;
const METERED = 70n;
const strangeAccountId = accountIdSchema.out.parse('00000000-0000-7000-8000-000000000001');

const unknown = { answeredBy: null, usage: emptyUsage, usageSource: 'none' } as const;

interface OutcomeRow {
  readonly outcome: Outcome;
  readonly when: string;
  readonly change: Partial<UsageFinal>;
  readonly charge: bigint;
  readonly state: string;
}

/** The outcome table of docs/money.md: what the customer is charged, and the state of the hold. */
const rows: readonly OutcomeRow[] = [
  { outcome: 'rejected', when: 'by the upstream', change: {}, charge: 0n, state: 'voided' },
  { outcome: 'void_before_dispatch', when: 'nothing was sent', change: unknown, charge: 0n, state: 'voided' },
  { outcome: 'completed', when: 'the upstream told its usage', change: {}, charge: METERED, state: 'settled' },
  {
    outcome: 'completed',
    when: 'usage was estimated',
    change: { usageSource: 'estimated' },
    charge: METERED,
    state: 'settled',
  },
  { outcome: 'hold_exhausted', when: 'growth was refused', change: {}, charge: METERED, state: 'settled' },
  { outcome: 'client_disconnect', when: 'in mid-stream', change: {}, charge: HOLD, state: 'settled' },
  { outcome: 'client_disconnect', when: 'before the first byte', change: unknown, charge: HOLD, state: 'settled' },
  { outcome: 'abandoned_late', when: 'after the deadline', change: unknown, charge: 0n, state: 'voided' },
  { outcome: 'slow_reader', when: 'it stalled', change: {}, charge: METERED, state: 'settled' },
  { outcome: 'upstream_error_no_output', when: 'all tries failed', change: unknown, charge: 0n, state: 'voided' },
  {
    outcome: 'upstream_error_partial',
    when: 'it broke off',
    change: { usageSource: 'estimated' },
    charge: METERED,
    state: 'settled',
  },
  { outcome: 'gateway_abort', when: 'the meter is known', change: {}, charge: METERED, state: 'settled' },
  { outcome: 'gateway_abort', when: 'nothing is known', change: unknown, charge: 0n, state: 'voided' },
  {
    outcome: 'empty_completion',
    when: 'nothing was produced',
    change: { usage: { ...emptyUsage, input: 10 } },
    charge: 0n,
    state: 'voided',
  },
];

describe('settlement', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  const clock = new ManualClock(Date.now());

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(test, { now: clock.now, holdExpiryMs: 90_000 });
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  async function audit(): Promise<Extract<AuditLine, { type: 'report' }>> {
    const lines: AuditLine[] = [];
    await billing.services.audits.run('audit', (line) => lines.push(line));
    const last = lines.at(-1);
    if (last?.type !== 'report') throw new Error('the audit ended without a report');
    return last;
  }

  async function posted(customer: Customer): Promise<bigint> {
    const { balance } = await billing.services.accounts.show(customer.accountId);
    return balance.paidNanoUsd + balance.promoNanoUsd;
  }

  async function gateFigures(customer: Customer) {
    const view = await billing.gate.inspect(customer.accountId);
    if (view === null) throw new Error('the gate does not know the account');
    return { posted: view.balance.postedNanoUsd, held: view.heldNanoUsd, holds: view.holds.length };
  }

  it.each(rows)('charges $outcome ($when) with $charge nano-USD', async ({ outcome, change, charge, state }) => {
    const customer = await billing.customer(10_000n);
    const opened = await billing.admit(customer, HOLD);
    expect(await billing.settle([opened])).toEqual([]);
    const final = finalOf(opened, { outcome, chargeNanoUsd: charge, ...change });
    expect(await billing.settle([final])).toEqual([]);
    expect(await posted(customer)).toBe(10_000n - charge);
    expect(await gateFigures(customer)).toEqual({ posted: 10_000n - charge, held: 0n, holds: 0 });
    const receipt = await billing.services.receipts.findOfAccount(customer.accountId, opened.generationId);
    expect(receipt).toMatchObject({
      state,
      outcome,
      charge_nano_usd: charge.toString(),
      released_nano_usd: (HOLD - charge).toString(),
    });
  });

  it('finds no difference after every row', async () => {
    expect(await audit()).toEqual({ type: 'report', ok: true, differences: [] });
  });

  it('tells in the receipt what was held and released, whichever of opening and final came first', async () => {
    const customer = await billing.customer(10_000n);
    for (const order of [1, -1]) {
      const opened = await billing.admit(customer, HOLD);
      const final = finalOf(opened, { highestHoldNanoUsd: 700n, finalHoldNanoUsd: METERED });
      for (const event of order === 1 ? [opened, final] : [final, opened]) await billing.settle([event]);
      expect(await billing.services.receipts.find(opened.generationId)).toMatchObject({
        hold_nano_usd: '700',
        charge_nano_usd: '70',
        released_nano_usd: '630',
      });
    }
  });

  it('settles a final once, however often and in whatever order it is delivered', async () => {
    const customer = await billing.customer(10_000n);
    const opened = await billing.admit(customer, HOLD);
    const final = finalOf(opened);
    await billing.settle([final]);
    await billing.settle([opened, final, opened]);
    await billing.settle([opened]);
    await billing.settle([final]);
    expect(await posted(customer)).toBe(10_000n - METERED);
    expect((await audit()).ok).toBe(true);
  });

  it('charges once when two consumers settle the same batch at the same time', async () => {
    const customer = await billing.customer(10_000n);
    const other = await BillingScenario.open(await test.database('billing_app'), {
      now: clock.now,
      holdExpiryMs: 90_000,
    });
    const opened = await Promise.all(Array.from({ length: 20 }, () => billing.admit(customer, 100n)));
    const batch = opened.flatMap((hold) => [hold, finalOf(hold)]);
    const results = await Promise.all([billing.settle(batch), other.settle(batch), billing.settle(batch.toReversed())]);
    expect(results.flat()).toEqual([]);
    expect(await posted(customer)).toBe(10_000n - 20n * METERED);
    await other.close();
    expect((await audit()).ok).toBe(true);
  });

  it('takes promo first, then paid, and writes off what posted cannot take', async () => {
    const customer = await billing.customer(50n);
    const hold = { ...(await billing.admit(customer, 50n)), amountNanoUsd: 80n };
    await billing.settle([hold, finalOf(hold, { finalHoldNanoUsd: 80n })]);
    expect(await posted(customer)).toBe(0n);
    const receipt = await billing.services.receipts.find(hold.generationId);
    expect(receipt).toMatchObject({ charge_nano_usd: '50', written_off_nano_usd: '20' });
    expect(await billing.metrics.text()).toContain('apilink_write_offs_total{reason="posted_short"');
    expect((await audit()).differences).toEqual([]);
  });

  it('never charges more than the final hold, and writes the rest off as a shortfall of the estimate', async () => {
    const customer = await billing.customer(10_000n);
    const hold = await billing.admit(customer, 60n);
    await billing.settle([hold, finalOf(hold, { chargeNanoUsd: 60n })]);
    expect(await posted(customer)).toBe(10_000n - 60n);
    expect(await billing.services.receipts.find(hold.generationId)).toMatchObject({
      charge_nano_usd: '60',
      written_off_nano_usd: '10',
    });
    expect((await audit()).ok).toBe(true);
  });

  it('counts a final whose charge the edge computed otherwise, and charges its own figure', async () => {
    const customer = await billing.customer(10_000n);
    const hold = await billing.admit(customer, HOLD);
    await billing.settle([hold, finalOf(hold, { chargeNanoUsd: 69n })]);
    expect(await posted(customer)).toBe(10_000n - METERED);
    expect(await billing.metrics.text()).toMatch(/apilink_edge_figure_differences_total\{[^}]*\} [1-9]/);
  });

  describe('poison', () => {
    const cases: readonly (readonly [string, (hold: HoldOpened, other: Customer) => UsageFinal, RegExp])[] = [
      ['an unknown account', (hold) => finalOf({ ...hold, accountId: strangeAccountId }), /unknown account/],
      ['a key of another account', (hold, other) => finalOf({ ...hold, keyId: other.keyId }), /another account/],
      ['a candidate that the hold does not have', (hold) => finalOf({ ...hold, candidates: [] }), /no candidate/],
      [
        'usage whose parts exceed their total',
        (hold) => finalOf(hold, { usage: { ...emptyUsage, input: 1, cacheRead: 2 } }),
        /parts_above_total/,
      ],
      [
        'a charge without an endpoint that answered',
        (hold) => finalOf(hold, { answeredBy: null }),
        /without the endpoint/,
      ],
    ];

    it('charges a generation to the account that opened it, also when another one claims it in the same batch', async () => {
      const [customer, other] = [await billing.customer(10_000n), await billing.customer(10_000n)];
      const [mine, others] = [await billing.admit(customer, HOLD), await billing.admit(other, HOLD)];
      const stolen = finalOf({ ...others, generationId: mine.generationId });
      const poison = await billing.settle([mine, stolen, finalOf(mine), stolen]);
      expect(poison.map(({ reason }) => reason)).toEqual(Array(2).fill(expect.stringMatching(/another account/)));
      expect([await posted(customer), await posted(other)]).toEqual([10_000n - METERED, 10_000n]);
    });

    it.each(cases)('sends %s to the dead letters and settles the rest of the batch', async (_name, strange, reason) => {
      const customer = await billing.customer(10_000n);
      const other = await billing.customer(0n);
      const [bad, good] = [await billing.admit(customer, HOLD), await billing.admit(customer, HOLD)];
      const poison = await billing.settle([bad, good, strange(bad, other), finalOf(good)]);
      expect(poison.map((one) => one.reason)).toEqual([expect.stringMatching(reason)]);
      expect(await posted(customer)).toBe(10_000n - METERED);
    });

    it('sends a body that breaks its schema to the dead letters', async () => {
      const customer = await billing.customer(10_000n);
      const hold = await billing.admit(customer, HOLD);
      const event = billing.logged(finalOf(hold));
      const over = {
        ...event,
        body: (event.body ?? '').replace('"finalHoldNanoUsd":"500"', '"finalHoldNanoUsd":"9000000000000001"'),
      };
      const torn = { ...event, body: '{' };
      const poison = await billing.services.settlements.settle([over, torn]);
      expect(poison.map(({ reason }) => reason)).toEqual([
        expect.stringMatching(/^invalid_body: finalHoldNanoUsd/),
        expect.stringMatching(/^invalid_json/),
      ]);
    });

    it('waits 60 s for an unknown price version, then sends it to the dead letters', async () => {
      const customer = await billing.customer(10_000n);
      const hold = await billing.admit(customer, HOLD);
      const answeredBy = { endpointId: 'alpha/acme/echo-1', priceVersion: `pv_${'0'.repeat(32)}` };
      const final = finalOf({ ...hold, candidates: [answeredBy] }, { answeredBy });
      await expect(billing.settle([final])).rejects.toThrow('not arrived yet');
      clock.advance(60_001);
      expect(await billing.settle([final])).toMatchObject([
        { reason: expect.stringContaining('unknown price version') },
      ]);
    });
  });
});
