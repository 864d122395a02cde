import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import type { LoggedEvent, PoisonEvent } from '@apilink/events';

import { BillingScenario, finalOf, type Customer } from '../scenario/billing-scenario.factory.js';

const CREDIT = 10_000n;

/** What no meter says: each goes to the dead letters with its reason, and moves nothing. */
const strange: readonly (readonly [string, string, string, RegExp])[] = [
  ['tokens that are not a number', '"output":20', '"output":NaN', /^invalid_json/],
  ['tokens that are null', '"output":20', '"output":null', /^invalid_body: usage\.output/],
  ['2^60 tokens', '"output":20', '"output":1152921504606846976', /^invalid_body: usage\.output/],
  ['infinitely many tokens', '"output":20', '"output":1e999', /^invalid_body: usage\.output/],
  ['half a token', '"output":20', '"output":20.5', /^invalid_body: usage\.output/],
  ['less than no token', '"output":20', '"output":-20', /^invalid_body: usage\.output/],
  ['tokens as a text', '"output":20', '"output":"20"', /^invalid_body: usage\.output/],
  ['more tokens than all money can buy', '"output":20', '"output":9007199254740991', /above the ceiling/],
  ['a negative hold', '"finalHoldNanoUsd":"500"', '"finalHoldNanoUsd":"-500"', /^invalid_body: finalHoldNanoUsd/],
  ['a fraction of a nano-USD', '"finalHoldNanoUsd":"500"', '"finalHoldNanoUsd":"500.5"', /^invalid_body: finalHold/],
  ['a hold as a number', '"finalHoldNanoUsd":"500"', '"finalHoldNanoUsd":500', /^invalid_body: finalHoldNanoUsd/],
  ['a negative charge', '"chargeNanoUsd":"70"', '"chargeNanoUsd":"-70"', /^invalid_body: chargeNanoUsd/],
  ['a negative cost of an attempt', '"costNanoUsd":"25"', '"costNanoUsd":"-25"', /^invalid_body: attempts/],
  ['an outcome that there is not', '"outcome":"completed"', '"outcome":"free"', /^invalid_body: outcome/],
];

describe('usage that cannot be true', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let customer: Customer;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(test, { now: Date.now, holdExpiryMs: 90_000 });
  });

  beforeEach(async () => {
    customer = await billing.customer(CREDIT);
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  /** A final whose text says something else, between two that are sound. */
  async function settled(written: string, instead: string): Promise<readonly PoisonEvent[]> {
    const holds = [await billing.admit(customer, 500n), await billing.admit(customer, 500n)];
    const [bad, good] = holds;
    if (bad === undefined || good === undefined) throw new Error('two holds were admitted');
    const event = billing.logged(finalOf(bad));
    const body = event.body?.replace(written, instead) ?? null;
    expect(body).not.toBe(event.body);
    const changed: LoggedEvent = { ...event, body };
    return billing.services.settlements.settle([
      ...holds.map((hold) => billing.logged(hold)),
      changed,
      billing.logged(finalOf(good)),
    ]);
  }

  it.each(strange)(
    'with %s goes to the dead letters with its reason, alone',
    async (_what, written, instead, reason) => {
      const poison = await settled(written, instead);
      expect(poison.map((one) => one.reason)).toEqual([expect.stringMatching(reason)]);
      const { balance } = await billing.services.accounts.show(customer.accountId);
      expect(balance.promoNanoUsd).toBe(CREDIT - 70n);
    },
  );

  it('leaves books without a difference', async () => {
    const differences: unknown[] = [];
    await billing.services.audits.run('audit', (line) => {
      if (line.type === 'report') differences.push(...line.differences);
    });
    expect(differences).toEqual([]);
  });
});

describe('figures that differ', () => {
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

  const list = (kind: 'edge_charge' | 'posted_short' | null, limit = 10, before: string | null = null) =>
    billing.services.differences.list({ kind, accountId: null, before, limit });

  it('are kept once with both figures, however often the final is delivered', async () => {
    const customer = await billing.customer(CREDIT);
    const hold = await billing.admit(customer, 500n);
    const final = finalOf(hold, { chargeNanoUsd: 69n });
    await billing.settle([hold, final, final]);
    await billing.settle([hold, final]);
    const { generationId } = hold;
    const { accountId } = customer;
    expect((await list('edge_charge')).differences).toEqual([
      expect.objectContaining({ kind: 'edge_charge', accountId, generationId, expected: '70', found: '69' }),
    ]);
  });

  it('are kept where the balance could not take what its hold had promised', async () => {
    const customer = await billing.customer(50n);
    const hold = { ...(await billing.admit(customer, 50n)), amountNanoUsd: 80n };
    await billing.settle([hold, finalOf(hold, { finalHoldNanoUsd: 80n })]);
    expect((await list('posted_short')).differences).toEqual([
      expect.objectContaining({ generationId: hold.generationId, expected: '70', found: '50' }),
    ]);
  });

  it('are listed newest first, in pages, and never changed', async () => {
    const first = await list(null, 1);
    expect(first.differences.map(({ kind }) => kind)).toEqual(['posted_short']);
    const second = await list(null, 1, first.nextCursor);
    expect(second.differences.map(({ kind }) => kind)).toEqual(['edge_charge']);
    await expect(billing.database.query('DELETE FROM differences')).rejects.toThrow('permission denied');
  });

  it('are nothing where edge and billing agree', async () => {
    const customer = await billing.customer(CREDIT);
    const before = (await list(null)).differences.length;
    const hold = await billing.admit(customer, 500n);
    await billing.settle([hold, finalOf(hold)]);
    expect((await list(null)).differences.length).toBe(before);
  });
});
