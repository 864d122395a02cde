import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { billingApi, paymentsApi, suspenseIdSchema } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { z } from 'zod';

import { BillingService, wire } from '../scenario/billing-service.factory.js';
import { SANDBOX_SIGNATURE, signSandboxEvent } from '../sandbox-checkout/sandbox-event.domain.js';

const ZHANG = 'zhang-holds-this-token-of-32-characters';
const LI = 'li-holds-another-token-of-32-characters';

describe('payments over HTTP', () => {
  let test: TestDatabase;
  let billing: BillingService;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingService.create(test, {
      PAYMENT_SANDBOX: 'allow',
      CHECKOUT_URL: 'https://pay.example.com',
      OPERATOR_TOKENS: `zhang=${ZHANG}, li=${LI}`,
    });
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  async function tokenOf(operatorToken: string): Promise<string> {
    const { body } = await billing.ask('POST', '/operator-sessions', { operatorToken }, null);
    return billingApi.operatorSessionReplySchema.parse(body).accessToken;
  }

  async function newTopup() {
    const { accountId } = await billing.newAccount(false);
    const asked = {
      accountId: wire(accountId),
      channel: 'sandbox',
      currency: 'USD',
      minorUnits: '2500',
      requestKey: 'request-1',
    };
    const { status, body } = await billing.ask('POST', '/topups', asked);
    expect(status).toBe(201);
    return paymentsApi.topupSchema.parse(body);
  }

  async function secret(): Promise<string> {
    const database = await test.database('billing_app');
    const [row] = await database.query<{ secret: string }>(
      "SELECT secret FROM keyed_secrets WHERE purpose = 'sandbox-events'",
    );
    return row?.secret ?? '';
  }

  function post(path: string, body: string | Buffer, headers: Readonly<Record<string, string>>) {
    return fetch(`${billing.origin}${path}`, {
      method: 'POST',
      body: Uint8Array.from(Buffer.from(body)),
      headers,
      redirect: 'manual',
    });
  }

  it('lets a channel tell by its signature over the very bytes, and nobody else', async () => {
    const topup = await newTopup();
    expect(topup.checkoutUrl).toMatch(/^https:\/\/pay\.example\.com\/sandbox-checkout\/sbx_[\w-]{24}\?lang=en$/);
    const payment = {
      paymentReference: 'p-1',
      currency: 'USD' as const,
      minorUnits: 2_500n,
      payer: null,
      paidAt: Date.now(),
    };
    const event = {
      eventId: 'e-1',
      orderId: topup.orderId,
      reference: 'sbx',
      fact: { kind: 'paid' as const, payment },
    };
    const { headers, rawBody } = signSandboxEvent(event, await secret(), Date.now());
    const path = '/api/billing/v1/payment-events/sandbox';
    const json = { 'content-type': 'application/json' };
    expect((await post(path, rawBody, json)).status).toBe(400);
    const respaced = JSON.stringify(JSON.parse(rawBody.toString()), null, 1);
    expect((await post(path, respaced, { ...json, ...headers })).status).toBe(400);
    const accepted = await post(path, rawBody, { ...json, ...headers });
    expect([accepted.status, await accepted.json()]).toEqual([200, { received: true }]);
    expect((await post(path, rawBody, { ...json, ...headers })).status).toBe(200);
    expect((await post('/api/billing/v1/payment-events/stripe', rawBody, { ...json, ...headers })).status).toBe(400);
    const shown = await billing.ask('GET', `/accounts/${wire(topup.accountId)}`);
    expect(shown.body).toMatchObject({ paidNanoUsd: '25000000000' });
    expect(headers[SANDBOX_SIGNATURE]).toMatch(/^t=\d+,v1=/);
  });

  it('serves the checkout page to a browser alone: its style by hash, no script, no frame', async () => {
    const { checkoutUrl } = await newTopup();
    const { pathname } = new URL(checkoutUrl ?? '');
    const page = await fetch(`${billing.origin}${pathname}`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^;]+; .*form-action 'self'; frame-ancestors 'none'$/,
    );
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const paid = await post(`${pathname}/pay?lang=zh`, '', form);
    expect([paid.status, paid.headers.get('location')]).toEqual([303, `${pathname}?lang=zh`]);
    const again = await post(`${pathname}/pay?lang=zh`, '', form);
    expect(again.status).toBe(303);
    expect(await (await fetch(`${billing.origin}${pathname}?lang=zh`)).text()).toContain('支付成功');
    expect((await fetch(`${billing.origin}/sandbox-checkout/sbx_none`)).status).toBe(404);
    expect((await post(`${pathname}/steal`, '', form)).status).toBe(400);
  });

  it('takes forms nowhere else', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${billing.token}` };
    expect((await post('/api/billing/v1/accounts', 'name=Acme', form)).status).toBe(415);
  });

  it('knows operators by their names, and writes those down', async () => {
    const { accountId } = await billing.newAccount(false);
    const line = { currency: 'USD', minorUnits: '100000', reference: 'TT-1', payer: 'Acme' };
    const [zhang, li] = [await tokenOf(ZHANG), await tokenOf(LI)];
    const { body } = await billing.ask('POST', '/bank-transfers', line, zhang);
    const { suspenseId } = paymentsApi.suspenseSchema.parse(body);
    const path = `/suspense-entries/${z.encode(suspenseIdSchema, suspenseId)}`;
    const matched = await billing.ask('POST', `${path}/match`, { accountId: wire(accountId) }, zhang);
    expect(matched.body).toMatchObject({ state: 'matched', askedBy: 'zhang' });
    const alone = await billing.ask('POST', `${path}/approval`, {}, zhang);
    expect(alone).toMatchObject({ status: 403, body: { error: { code: 'second_person_needed' } } });
    const approved = await billing.ask('POST', `${path}/approval`, {}, li);
    expect(approved).toMatchObject({
      status: 200,
      body: { state: 'credited', approvedBy: 'li', postedNanoUsd: '1000000000000' },
    });
    expect((await billing.ask('POST', `${path}/approval`, {}, li)).status).toBe(409);
    expect((await billing.ask('GET', '/suspense-entries?state=open')).body).toMatchObject({ entries: [] });
    expect((await billing.ask('POST', '/operator-sessions', { operatorToken: `${ZHANG}x` }, null)).status).toBe(401);
  });

  it.each([
    [{ minorUnits: '499' }, 'topup_below_minimum'],
    [{ minorUnits: '25.00' }, 'invalid_parameter'],
    [{ minorUnits: '-2500' }, 'invalid_parameter'],
    [{ minorUnits: '0' }, 'invalid_parameter'],
    [{ minorUnits: '99999999999999' }, 'invalid_parameter'],
    [{ currency: 'EUR' }, 'invalid_parameter'],
    [{ currency: 'CNY' }, 'invalid_parameter'],
    [{ channel: 'stripe' }, 'channel_not_enabled'],
    [{ channel: 'bank_transfer' }, 'invalid_parameter'],
  ])('refuses a top-up of %j with its reason', async (change, code) => {
    const { accountId } = await billing.newAccount(false);
    const asked = {
      accountId: wire(accountId),
      channel: 'sandbox',
      currency: 'USD',
      minorUnits: '2500',
      requestKey: 'request-1',
    };
    const { status, body } = await billing.ask('POST', '/topups', { ...asked, ...change });
    expect([status, body]).toMatchObject([400, { error: { code } }]);
    expect((await billing.ask('GET', `/topups?accountId=${wire(accountId)}`)).body).toMatchObject({ topups: [] });
  });

  it('tells every account the code that its bank transfers name', async () => {
    const account = await billing.newAccount(false);
    expect(account.remittanceCode).toMatch(/^AL-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}$/);
  });
});
