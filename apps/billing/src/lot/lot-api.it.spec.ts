import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lotIdSchema, lotsApi } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { z } from 'zod';

import { BillingService, wire } from '../scenario/billing-service.factory.js';

describe('lots, rates, refunds and chargebacks over HTTP', () => {
  let test: TestDatabase;
  let billing: BillingService;
  let account: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingService.create(test);
    account = `/accounts/${wire((await billing.newAccount()).accountId)}`;
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  it('show a grant as a gift that is a lot', async () => {
    const { status, body } = await billing.ask('GET', `${account}/lots`);
    expect(status).toBe(200);
    expect(lotsApi.lotListSchema.parse(body).lots).toMatchObject([
      { kind: 'promo', creditNanoUsd: 1_000_000_000n, unusedNanoUsd: 1_000_000_000n, channel: null },
    ]);
  });

  it('keep a rate with its spread and its end, and who set it', async () => {
    const asks = { rate: '7.1234', spreadBasisPoints: 50, validForSeconds: 3_600 };
    const { status, body } = await billing.ask('POST', '/fx-quotes', asks);
    expect([status, lotsApi.fxQuoteSchema.parse(body)]).toMatchObject([
      201,
      { rate: '7.15901700', marketRate: '7.12340000', source: 'operator' },
    ]);
    const listed = await billing.ask('GET', '/fx-quotes');
    expect(lotsApi.fxQuoteListSchema.parse(listed.body).quotes).toHaveLength(1);
  });

  it.each([
    ['a rate of zero', { rate: '0', validForSeconds: 3_600 }],
    ['a negative rate', { rate: '-7', validForSeconds: 3_600 }],
    ['a rate with nine decimals', { rate: '7.123456789', validForSeconds: 3_600 }],
    ['an unknown currency', { currency: 'EUR', rate: '1.1', validForSeconds: 3_600 }],
    ['a spread above a tenth', { rate: '7.1', spreadBasisPoints: 1_001, validForSeconds: 3_600 }],
    ['a rate for a second', { rate: '7.1', validForSeconds: 1 }],
  ])('refuse %s', async (_name, body) => {
    expect((await billing.ask('POST', '/fx-quotes', body)).status).toBe(400);
  });

  it.each([
    ['a negative amount', '-1'],
    ['a fraction of a nano-dollar', '1.5'],
    ['an amount above the ceiling', '9000000000000001'],
    ['zero', '0'],
    ['a JSON number', 5_000_000_000],
  ])('refuse a refund of %s', async (_name, amountNanoUsd) => {
    const asks = { amountNanoUsd, reason: 'unused', requestKey: 'refund-0001' };
    expect((await billing.ask('POST', `${account}/refunds`, asks)).status).toBe(400);
  });

  it('refuse to give a gift back, and say what can be given back', async () => {
    const asks = { amountNanoUsd: '1000000000', reason: 'unused', requestKey: 'refund-0002' };
    const { status, body } = await billing.ask('POST', `${account}/refunds`, asks);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain('0.000000000 USD (unused payments less');
    expect((await billing.ask('GET', `${account}/refunds`)).body).toEqual({ refunds: [] });
  });

  it('refuse a chargeback of what is no payment, and a write-off where nothing is below zero', async () => {
    const { body } = await billing.ask('GET', `${account}/lots`);
    const [gift] = lotsApi.lotListSchema.parse(body).lots.map(({ lotId }) => z.encode(lotIdSchema, lotId));
    const asks = { lotId: gift, minorUnits: '100', reason: 'stolen card', requestKey: 'chargeback-1' };
    expect((await billing.ask('POST', `${account}/chargebacks`, asks)).status).toBe(404);
    const writeOff = { reason: 'gone', requestKey: 'write-off-1' };
    expect((await billing.ask('POST', `${account}/gap-write-offs`, writeOff)).status).toBe(409);
  });

  it('are for operators alone', async () => {
    for (const path of [`${account}/lots`, `${account}/refunds`, '/fx-quotes']) {
      expect((await billing.ask('GET', path, undefined, null)).status).toBe(401);
    }
  });
});
