import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { FREE_CREDIT_NANO_USD } from '../credit/credit.domain.js';
import { BillingScenario } from '../scenario/billing-scenario.factory.js';

const request = { name: 'Acme', timeZone: 'UTC', withFreeCredit: true };

describe('creating an account', () => {
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

  async function count(): Promise<number> {
    const [row] = await billing.database.query<{ count: string }>('SELECT count(*) FROM accounts');
    return Number(row?.count);
  }

  it('under one request key creates one, with one free credit, also when it is asked for at once', async () => {
    const { accounts } = billing.services;
    const before = await count();
    const keyed = { ...request, requestKey: 'first-of-acme' };
    const made = await Promise.all([1, 2, 3].map(() => accounts.create(keyed, 'test')));
    const [first] = made;
    if (first === undefined) throw new Error('none was created');
    await accounts.update(first.account.accountId, { name: 'New' }, 'test');
    const again = await accounts.create(keyed, 'test');
    expect(new Set([...made, again].map(({ account }) => account.accountId)).size).toBe(1);
    expect(again).toMatchObject({ account: { name: 'New' }, balance: { promoNanoUsd: FREE_CREDIT_NANO_USD } });
    expect(await count()).toBe(before + 1);
    expect(await billing.gate.inspect(again.account.accountId)).toMatchObject({
      balance: { postedNanoUsd: FREE_CREDIT_NANO_USD },
      workspaces: [{ workspaceId: again.account.defaultWorkspaceId }],
    });
  });

  it('refuses a request key that stands for another account', async () => {
    const { accounts } = billing.services;
    await accounts.create({ ...request, requestKey: 'second-of-acme' }, 'test');
    for (const change of [{ name: 'Other' }, { timeZone: 'Asia/Shanghai' }, { withFreeCredit: false }]) {
      await expect(
        accounts.create({ ...request, ...change, requestKey: 'second-of-acme' }, 'test'),
      ).rejects.toMatchObject({
        code: 'invalid_parameter',
      });
    }
  });

  it('is done with its commit: nothing that fails afterwards makes somebody ask for a second one', async () => {
    const broken = await BillingScenario.open(await test.database('billing_app'), billing.clock);
    broken.gate.load = () => Promise.reject(new Error('the gate went away'));
    const { account } = await broken.services.accounts.create(request, 'test');
    await broken.close();
    expect(await billing.gate.inspect(account.accountId)).toMatchObject({
      balance: { postedNanoUsd: FREE_CREDIT_NANO_USD },
    });
  });
});
