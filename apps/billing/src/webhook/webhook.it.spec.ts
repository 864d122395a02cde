import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebhookId } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { Webhook } from 'standardwebhooks';

import { BillingScenario } from '../scenario/billing-scenario.factory.js';
import type { WebhookRequest } from './webhook.client.js';
import { ATTEMPTS_MAX, type AttemptResult } from './webhook.domain.js';

const taken: AttemptResult = { kind: 'answered', status: 200, durationMs: 1 };
const broken: AttemptResult = { kind: 'answered', status: 500, durationMs: 1 };

describe('webhooks', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let now = Date.now();
  let requests: WebhookRequest[] = [];
  let answers: AttemptResult[] = [];
  let webhookId: WebhookId;
  let secret: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(
      test,
      { now: () => now, holdExpiryMs: 90_000 },
      {
        webhookSender: {
          send: (request) => {
            requests.push(request);
            return Promise.resolve(answers.shift() ?? taken);
          },
        },
      },
    );
  });

  beforeEach(async () => {
    now = Date.now();
    requests = [];
    answers = [];
    const { accountId } = await billing.customer(0n);
    const created = await billing.services.webhooks.create(
      { accountId, url: 'https://hooks.example', events: null },
      't',
    );
    ({ webhookId, secret } = created);
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  /** What waits for its time is due now. */
  async function later(): Promise<void> {
    await billing.database.query("UPDATE webhook_deliveries SET next_attempt_at = now() WHERE state = 'pending'");
    await billing.services.deliveries.work();
  }

  async function only() {
    const { deliveries } = await billing.services.webhooks.deliveriesOf(webhookId, null, 10);
    const [delivery] = deliveries;
    if (delivery === undefined || deliveries.length !== 1) throw new Error(`${deliveries.length} deliveries`);
    return delivery;
  }

  const state = async () => (await billing.services.webhooks.list(await accountOf())).at(0);
  const accountOf = async () => {
    const [row] = await billing.database.query<{
      account_id: Awaited<ReturnType<typeof billing.customer>>['accountId'];
    }>('SELECT account_id FROM webhooks WHERE webhook_id = $1', [webhookId]);
    if (row === undefined) throw new Error('no webhook');
    return row.account_id;
  };

  it('are signed as Standard Webhooks says, with a secret that only the receiver and we know', async () => {
    const delivery = await billing.services.webhooks.test(webhookId, 'test');
    expect(delivery).toMatchObject({ state: 'delivered', eventType: 'webhook.test', attempts: [{ status: 200 }] });
    const [request] = requests;
    if (request === undefined) throw new Error('nothing was sent');
    expect(new Webhook(secret).verify(request.body, { ...request.headers })).toMatchObject({ type: 'webhook.test' });
    expect(() => new Webhook(secret).verify(`${request.body} `, { ...request.headers })).toThrow(
      'No matching signature found',
    );
    const [row] = await billing.database.query<{ secret: string }>(
      'SELECT secret FROM webhooks WHERE webhook_id = $1',
      [webhookId],
    );
    expect(row?.secret).toMatch(/^sealed:/);
    expect(row?.secret).not.toContain(secret.slice('whsec_'.length));
  });

  it('are tried again under the same id, with the same body, until they are taken', async () => {
    answers = [broken, { kind: 'failed', error: 'no answer within 15 s', durationMs: 15_000 }, taken];
    await billing.services.webhooks.test(webhookId, 'test');
    expect(await only()).toMatchObject({ state: 'pending', attempts: [{ status: 500 }] });
    await billing.services.deliveries.work();
    expect(requests).toHaveLength(1);
    await later();
    await later();
    expect(await only()).toMatchObject({
      state: 'delivered',
      nextAttemptAt: null,
      attempts: [{ status: 500 }, { status: null, error: 'no answer within 15 s' }, { status: 200 }],
    });
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    await later();
    expect(requests).toHaveLength(3);
  });

  it('have failed after the last attempt, and can be replayed', async () => {
    answers = Array.from({ length: ATTEMPTS_MAX }, () => broken);
    await billing.services.webhooks.test(webhookId, 'test');
    for (let attempt = 1; attempt < ATTEMPTS_MAX; attempt++) await later();
    const failed = await only();
    expect(failed).toMatchObject({ state: 'failed', nextAttemptAt: null });
    await later();
    expect(requests).toHaveLength(ATTEMPTS_MAX);
    expect(await billing.services.webhooks.replay(failed.deliveryId, 'test')).toMatchObject({ state: 'delivered' });
    expect(requests.at(-1)?.headers['webhook-id']).toBe(failed.eventId);
  });

  it('are not asked any more after five days without a success, and the reason is told', async () => {
    answers = [broken, broken];
    await billing.services.webhooks.test(webhookId, 'test');
    now += 5 * 86_400_000 + 60_000;
    await later();
    const stopped = await state();
    expect(stopped).toMatchObject({ status: 'disabled', disabledReason: expect.stringContaining('status 500') });
    await later();
    expect(requests).toHaveLength(2);
    await expect(billing.services.webhooks.test(webhookId, 'test')).rejects.toMatchObject({
      code: 'invalid_parameter',
    });
    expect(await billing.services.webhooks.enable(webhookId, 'test')).toMatchObject({
      status: 'active',
      disabledReason: null,
    });
    await later();
    expect(await only()).toMatchObject({ state: 'delivered' });
  });

  it('that answer 410 are gone at once', async () => {
    answers = [{ kind: 'answered', status: 410, durationMs: 1 }];
    await billing.services.webhooks.test(webhookId, 'test');
    expect(await state()).toMatchObject({ status: 'disabled', disabledReason: expect.stringContaining('410') });
  });

  it('hold nobody else up: one delivery of each is brought at a time', async () => {
    await billing.services.webhooks.test(webhookId, 'test');
    await billing.services.webhooks.test(webhookId, 'test');
    await billing.database.query("UPDATE webhook_deliveries SET state = 'pending', next_attempt_at = now()");
    requests = [];
    await billing.services.deliveries.work();
    expect(requests.filter(({ url }) => url === 'https://hooks.example').length).toBeLessThanOrEqual(20);
    const [row] = await billing.database.query<{ waiting: string }>(
      "SELECT count(*) AS waiting FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'pending'",
      [webhookId],
    );
    expect(row?.waiting).toBe('1');
    while (await billing.services.deliveries.work());
  });

  it('that were claimed by a process that died are brought by the next one', async () => {
    answers = [taken];
    await billing.services.webhooks.test(webhookId, 'test');
    const { deliveryId } = await only();
    await billing.database.query(
      `UPDATE webhook_deliveries SET state = 'pending', next_attempt_at = now() + interval '60 seconds' WHERE delivery_id = $1`,
      [deliveryId],
    );
    await billing.services.deliveries.work();
    expect(requests).toHaveLength(1);
    await later();
    expect(requests).toHaveLength(2);
  });

  it('are deleted with their secret, and nothing is sent there again', async () => {
    answers = [broken];
    await billing.services.webhooks.test(webhookId, 'test');
    await billing.services.webhooks.remove(webhookId, 'test');
    await later();
    expect(requests).toHaveLength(1);
    const [row] = await billing.database.query<{ secret: string }>(
      'SELECT secret FROM webhooks WHERE webhook_id = $1',
      [webhookId],
    );
    expect(row?.secret).toBe('');
    await expect(billing.services.webhooks.test(webhookId, 'test')).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each(['http://hooks.example', 'https://user:secret@hooks.example'])('are not made for %s', async (url) => {
    const accountId = await accountOf();
    await expect(billing.services.webhooks.create({ accountId, url, events: null }, 't')).rejects.toMatchObject({
      code: 'invalid_parameter',
    });
  });

  it('are made once for an address', async () => {
    const again = { accountId: await accountOf(), url: 'https://hooks.example', events: null };
    await expect(billing.services.webhooks.create(again, 't')).rejects.toMatchObject({ code: 'invalid_parameter' });
  });

  it('forget their log after thirty days', async () => {
    await billing.services.webhooks.test(webhookId, 'test');
    await billing.database.query(
      "UPDATE webhook_deliveries SET created_at = created_at - interval '31 days' WHERE webhook_id = $1",
      [webhookId],
    );
    await billing.services.deliveries.forgetOld();
    expect((await billing.services.webhooks.deliveriesOf(webhookId, null, 10)).deliveries).toEqual([]);
  });
});
