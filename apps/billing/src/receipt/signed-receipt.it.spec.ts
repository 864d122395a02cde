import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canonicalJson, RECEIPT_KEYS_PATH, receiptKeySetSchema, signedReceiptSchema } from '@apilink/contracts';
import { emptyUsage, priceVersionOf } from '@apilink/pricing';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { compactVerify, createLocalJWKSet } from 'jose';

import { BillingScenario, finalOf, scenarioCard, type Customer } from '../scenario/billing-scenario.factory.js';

describe('a signed receipt', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let customer: Customer;
  let now = Date.now();

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(test, { now: () => now, holdExpiryMs: 90_000 });
    customer = await billing.customer(10_000n);
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  async function settled() {
    const hold = await billing.admit(customer, 100n);
    await billing.settle([hold, finalOf(hold)]);
    return hold.generationId;
  }

  async function check(signature: string | null): Promise<string> {
    const keys = createLocalJWKSet(receiptKeySetSchema.parse(await billing.services.receiptKeys.published()));
    const { payload } = await compactVerify(signature ?? '', keys, { algorithms: ['EdDSA'] });
    return new TextDecoder().decode(payload);
  }

  it('is the canonical form of what it says, its lines included, and always the same', async () => {
    const id = await settled();
    const { data, signature } = signedReceiptSchema.parse(await billing.services.receipts.signed(id));
    expect(await check(signature)).toBe(canonicalJson(data));
    expect(data.lines.map(({ dimension, amount_femto_usd: amount }) => [dimension, amount])).toEqual([
      ['input', '10000000'],
      ['output', '60000000'],
    ]);
    expect(data).toMatchObject({ metered_nano_usd: '70', charge_nano_usd: '70', charge_basis: 'metered' });
    expect((await billing.services.receipts.signed(id)).signature).toBe(signature);
  });

  it('itemises the premium of cache writes that is ours, and the report of usage sums it up', async () => {
    const [row] = scenarioCard.rows;
    if (row === undefined) throw new Error('a card without a row');
    const sell = { ...row.sell, cacheWrite5m: 1_000_000n };
    const { priceVersion: _other, ...unpublished } = scenarioCard;
    const rows = [{ ...row, sell, absorbed: { cacheWrite5m: 250_000n } }];
    const card = { ...unpublished, cachePolicy: 'cache-2026-11', rows };
    const rateCard = { ...card, priceVersion: priceVersionOf(card) };
    await billing.services.prices.record([{ rateCard, publishedAt: now }]);
    const pinned = { endpointId: rateCard.endpointId, priceVersion: rateCard.priceVersion };
    const payer = await billing.customer(10_000n);
    const hold = { ...(await billing.admit(payer, 100n)), candidates: [pinned] };
    const usage = { ...emptyUsage, input: 40, cacheWrite5m: 40 };
    await billing.settle([hold, finalOf(hold, { answeredBy: pinned, usage, chargeNanoUsd: 40n })]);
    const { data } = await billing.services.receipts.signed(hold.generationId);
    expect(data).toMatchObject({
      charge_nano_usd: '40',
      cache_premium_absorbed_nano_usd: '10',
      cache_premium_lines: [{ dimension: 'cacheWrite5m', units: 40, amount_femto_usd: '10000000' }],
    });
    const { accountId } = payer;
    const { total } = await billing.services.usageBreakdowns.report({ accountId, by: 'model', limit: 10 });
    expect(total).toMatchObject({ requests: 1, chargeNanoUsd: 40n, cachePremiumAbsorbedNanoUsd: 10n });
  });

  it('does not exist of a generation that still runs', async () => {
    const hold = await billing.admit(customer, 100n);
    await billing.settle([hold]);
    expect((await billing.services.receipts.signed(hold.generationId)).signature).toBeNull();
  });

  it('stays valid after its key was replaced, and the new key was published before it signed', async () => {
    const id = await settled();
    const before = await billing.services.receipts.signed(id);
    const [waiting, signing] = await billing.services.receiptKeys.rotate('test');
    expect(waiting?.signsFrom).toBeGreaterThan(Date.now() + 500_000);
    expect(await billing.services.receiptKeys.rotate('test')).toHaveLength(2);
    expect((await billing.services.receiptKeys.published()).keys.map(({ kid }) => kid)).toEqual([
      waiting?.kid,
      signing?.kid,
    ]);
    expect((await billing.services.receipts.signed(id)).signature).toBe(before.signature);
    await billing.database.query("UPDATE receipt_keys SET signs_from = signs_from - interval '10 minutes'");
    now += 60_000;
    const after = await billing.services.receipts.signed(id);
    expect(after.signature).not.toBe(before.signature);
    expect(await check(after.signature)).toBe(await check(before.signature));
    const [current, retired] = await billing.services.receiptKeys.list();
    expect([current?.canSign, retired?.canSign]).toEqual([true, false]);
  });

  it('is signed with a key that no dump of the tables tells', async () => {
    const rows = await billing.database.query<{ private_jwk: string | null }>('SELECT private_jwk FROM receipt_keys');
    for (const { private_jwk: kept } of rows) expect(kept ?? 'sealed:').toMatch(/^sealed:/);
    const published = JSON.stringify(await billing.services.receiptKeys.published());
    expect(published).not.toContain('"d"');
    expect(RECEIPT_KEYS_PATH).toBe('/.well-known/apilink-receipts');
  });
});
