import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { VerifiedIdentity } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { BillingScenario } from '../scenario/billing-scenario.factory.js';

const DOLLAR = 1_000_000_000n;
/** The budget of a story: three sign-ups. */
const BUDGET = 3n * DOLLAR;

describe('free credit', () => {
  let test: TestDatabase;
  let billing: BillingScenario;

  beforeEach(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(
      test,
      { now: Date.now, holdExpiryMs: 90_000 },
      { payments: { freeCreditDailyNanoUsd: BUDGET } },
    );
  });

  afterEach(async () => {
    expect(await billing.auditDifferences()).toEqual([]);
    await billing.close();
    await test.drop();
  });

  function signUp(identity?: VerifiedIdentity) {
    const request = { name: 'Acme', timeZone: 'UTC', withFreeCredit: true, identity };
    return billing.services.accounts.create(request, 'test');
  }

  async function granted(): Promise<bigint> {
    const [row] = await billing.database.query<{ sum: string }>(
      'SELECT coalesce(sum(promo_nano_usd), 0) AS sum FROM gate_balances',
    );
    return BigInt(row?.sum ?? '0');
  }

  async function accounts(): Promise<number> {
    const [row] = await billing.database.query<{ count: string }>('SELECT count(*) FROM accounts');
    return Number(row?.count);
  }

  it('is granted to one of many sign-ups of one person, who writes the address in other ways, at once', async () => {
    const ways = ['jane@gmail.com', 'J.ane@gmail.com', 'jane+1@gmail.com', 'JANE@googlemail.com', 'jane+2@gmail.com'];
    const results = await Promise.allSettled(ways.map((value) => signUp({ kind: 'email', value })));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
    for (const reason of refused) expect(reason).toContain('this e-mail address has had it before');
    expect(await granted()).toBe(DOLLAR);
    expect(await accounts()).toBe(1);
  });

  it('is never granted beyond the budget of the day: of ten sign-ups at once three get it', async () => {
    const people = Array.from({ length: 10 }, (_, index) => `person${index}@example.com`);
    const results = await Promise.allSettled(people.map((value) => signUp({ kind: 'email', value })));
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
    expect(refused).toHaveLength(7);
    for (const reason of refused) expect(reason).toContain('the budget of $3.00 a day is spent');
    expect(await granted()).toBe(BUDGET);
  });

  it('leaves nothing behind when it is refused: the same person may have it tomorrow, and the account another time', async () => {
    for (const number of [1, 2, 3]) await signUp({ kind: 'phone', value: `+861380013800${number}` });
    const late: VerifiedIdentity = { kind: 'email', value: 'late@example.com' };
    await expect(signUp(late)).rejects.toMatchObject({ code: 'free_credit_refused' });
    expect(await accounts()).toBe(3);
    await billing.database.query(
      "UPDATE free_credit_days SET granted_nano_usd = 2000000000 WHERE day = (now() AT TIME ZONE 'UTC')::date",
    );
    await expect(signUp(late)).resolves.toMatchObject({ balance: { promoNanoUsd: DOLLAR } });
    await billing.database.query(
      "UPDATE free_credit_days SET granted_nano_usd = 4000000000 WHERE day = (now() AT TIME ZONE 'UTC')::date",
    );
  });

  it('is granted later to an account that was made without it, once, also when it is asked for at once', async () => {
    const { account } = await billing.services.accounts.create(
      { name: 'Acme', timeZone: 'UTC', withFreeCredit: false },
      'test',
    );
    const request = {
      accountId: account.accountId,
      identity: { kind: 'email', value: 'a@example.com' },
      actor: 'test',
    } as const;
    await Promise.all([1, 2, 3].map(() => billing.services.freeCreditService.grant(request)));
    expect(await granted()).toBe(DOLLAR);
    await expect(
      billing.services.freeCreditService.grant({ ...request, identity: { kind: 'email', value: 'b@example.com' } }),
    ).rejects.toMatchObject({ code: 'free_credit_refused' });
  });

  it('keeps no address: neither its own table nor the audit log has it', async () => {
    await signUp({ kind: 'email', value: 'secret.person@example.com' });
    const rows = await billing.database.query<{ text: string }>(
      'SELECT f::text AS text FROM free_credits f UNION ALL SELECT l::text FROM audit_log l',
    );
    expect(rows.length).toBeGreaterThan(1);
    for (const { text } of rows) expect(text).not.toMatch(/secret|person/);
  });

  it('refuses what cannot have been verified', async () => {
    await expect(signUp({ kind: 'email', value: 'not an address' })).rejects.toMatchObject({
      code: 'invalid_parameter',
      details: { param: 'identity' },
    });
    expect(await accounts()).toBe(0);
  });
});
