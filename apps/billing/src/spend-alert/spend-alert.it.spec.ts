import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { webhookEventSchema, type UsageFinal, type WebhookEvent } from '@apilink/contracts';
import { emptyUsage } from '@apilink/pricing';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { BillingScenario, finalOf, type Customer } from '../scenario/billing-scenario.factory.js';

describe('alerts about spend', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let customer: Customer;
  const sent: { url: string; event: WebhookEvent }[] = [];

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(
      test,
      { now: Date.now, holdExpiryMs: 90_000 },
      {
        webhookSender: {
          send: ({ url, body }) => {
            sent.push({ url, event: webhookEventSchema.parse(JSON.parse(body)) });
            return Promise.resolve({ kind: 'answered', status: 204, durationMs: 3 });
          },
        },
      },
    );
  });

  beforeEach(async () => {
    customer = await billing.customer(100_000n);
    await billing.services.webhooks.create(
      { accountId: customer.accountId, url: 'https://hooks.example/apilink', events: null },
      'test',
    );
    sent.length = 0;
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  /** A request that costs so much; one token is one nano-USD. */
  async function spend(nanoUsd: number): Promise<UsageFinal> {
    const hold = await billing.admit(customer, BigInt(nanoUsd));
    const usage = { ...emptyUsage, input: nanoUsd };
    const final = finalOf(hold, { usage, chargeNanoUsd: BigInt(nanoUsd) });
    await billing.settle([hold, final]);
    return final;
  }

  async function told(): Promise<readonly string[]> {
    while (await billing.services.deliveries.work());
    return sent.map(({ event }) =>
      'thresholdPercent' in event.data
        ? `${event.type} ${event.data.periodKind} ${event.data.thresholdPercent} % of ${event.data.limitNanoUsd}`
        : event.type,
    );
  }

  const cap = (limits: object) => billing.services.apiKeys.update(customer.keyId, limits, 'test');

  it('come once at 80 % and once at 100 % of a cap, however often the charge is delivered', async () => {
    await cap({ monthlyCapNanoUsd: 1_000n });
    await spend(799);
    expect(await told()).toEqual([]);
    const final = await spend(1);
    await billing.settle([final, final]);
    expect(await told()).toEqual(['key.cap_reached month 80 % of 1000']);
    await spend(100);
    expect(await told()).toHaveLength(1);
    await spend(100);
    expect(await told()).toEqual(['key.cap_reached month 80 % of 1000', 'key.cap_reached month 100 % of 1000']);
    expect(sent[1]?.event.data).toMatchObject({ keyId: customer.keyId, name: 'first', spentNanoUsd: 1_000n });
  });

  it('come for the day and the week by themselves', async () => {
    await cap({ dailyCapNanoUsd: 100n, weeklyCapNanoUsd: 200n });
    await spend(85);
    expect(await told()).toEqual(['key.cap_reached day 80 % of 100']);
  });

  it('come again when the cap is raised and reached once more', async () => {
    await cap({ monthlyCapNanoUsd: 100n });
    await spend(90);
    await cap({ monthlyCapNanoUsd: 1_000n });
    await spend(700);
    expect(await told()).toEqual(['key.cap_reached month 80 % of 100']);
    await spend(10);
    expect(await told()).toEqual(['key.cap_reached month 80 % of 100', 'key.cap_reached month 80 % of 1000']);
  });

  it('come when a cap is lowered to what is spent, though nothing is charged any more', async () => {
    await spend(90);
    await cap({ monthlyCapNanoUsd: 100n });
    expect(await told()).toEqual(['key.cap_reached month 80 % of 100']);
  });

  it('come for the budget of a workspace', async () => {
    await billing.services.workspaces.update(customer.workspaceId, { monthlyBudgetNanoUsd: 100n }, 'test');
    await spend(100);
    expect(await told()).toEqual([
      'workspace.budget_reached month 80 % of 100',
      'workspace.budget_reached month 100 % of 100',
    ]);
  });

  it('come when a balance falls below the line, and again after it was above', async () => {
    await billing.services.spendAlerts.setLowBalance(customer.accountId, 99_900n, 'test');
    await spend(100);
    expect(await told()).toEqual([]);
    await spend(1);
    await spend(1);
    expect(await told()).toEqual(['account.balance_low']);
    expect(sent[0]?.event.data).toMatchObject({ belowNanoUsd: 99_900n, balanceNanoUsd: 99_899n });
    const { accountId } = customer;
    await billing.services.credits.grant({
      accountId,
      amountNanoUsd: 50n,
      reason: 'r',
      requestKey: 'again-1',
      actor: 't',
    });
    await spend(60);
    expect(await told()).toEqual(['account.balance_low', 'account.balance_low']);
  });

  it('go to each webhook that wants them, and to no other account', async () => {
    const { accountId } = customer;
    await billing.services.webhooks.create(
      { accountId, url: 'https://b.example', events: ['account.balance_low'] },
      'test',
    );
    const first = customer;
    await cap({ monthlyCapNanoUsd: 100n });
    await spend(80);
    // Another account, whose alert is told in the same turn.
    customer = await billing.customer(1_000n);
    const other = { accountId: customer.accountId, url: 'https://c.example', events: null };
    await billing.services.webhooks.create(other, 'test');
    await cap({ monthlyCapNanoUsd: 100n });
    await spend(80);
    await told();
    expect(sent.map(({ url, event }) => `${url} of ${event.data.accountId}`).toSorted()).toEqual([
      `https://c.example of ${customer.accountId}`,
      `https://hooks.example/apilink of ${first.accountId}`,
    ]);
  });

  it('are listed for people, with the line of a low balance', async () => {
    await cap({ monthlyCapNanoUsd: 100n });
    await spend(80);
    const { alerts, lowBalanceNanoUsd } = await billing.services.spendAlerts.list(customer.accountId);
    expect(lowBalanceNanoUsd).toBe(1_000_000_000n);
    expect(alerts).toEqual([
      expect.objectContaining({ kind: 'key_cap', scopeId: customer.keyId, thresholdPercent: 80, amountNanoUsd: 80n }),
    ]);
  });
});
