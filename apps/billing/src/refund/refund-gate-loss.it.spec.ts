import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisHoldStore } from '@apilink/holds';
import { startRedis, type RunningRedis } from '@apilink/local-stack';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { Redis } from 'ioredis';

import { auditDifferences, payment, topUp } from '../lot/lot-scenario.factory.js';
import type { ChannelRefund } from '../payment/payment-channel.domain.js';
import { BillingScenario } from '../scenario/billing-scenario.factory.js';

const USD = 1_000_000_000n;
/** Short, so that the interval after a loss is: a sixth of it. */
const HOLD_EXPIRY_MS = 1_800;

describe('a refund on its way while the gate is lost', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let gate: RedisHoldStore;
  let redis: RunningRedis;
  let folder: string;
  let answer: ChannelRefund = { state: 'pending', reference: 'rf' };

  beforeAll(async () => {
    test = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), 'apilink-refund-loss-'));
    redis = await startRedis({ folder });
    const { hostname, port } = new URL(redis.url);
    gate = new RedisHoldStore({ connection: { host: hostname, port: Number(port) } });
    await gate.connected();
    const refundChannels = { find: () => ({ refund: () => Promise.resolve(answer) }) };
    const clock = { now: Date.now, holdExpiryMs: HOLD_EXPIRY_MS };
    billing = await BillingScenario.create(test, clock, { gate, refundChannels });
    await billing.services.epochWatch.watch();
  });

  afterAll(async () => {
    await billing.close();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
    await test.drop();
  });

  it('is held again before anything is admitted, and posted once', async () => {
    const customer = await billing.customer(0n);
    await topUp(billing, payment(customer.accountId));
    const asks = { accountId: customer.accountId, lotId: null, reason: 'unused', requestKey: 'loss-1', actor: 'test' };
    const refunds = await billing.services.refunds.create({ ...asks, amountNanoUsd: 6n * USD });
    expect(refunds).toMatchObject([{ state: 'submitted' }]);
    await expect(billing.admit(customer, 4n * USD + 1n)).rejects.toThrow('refused');
    const client = new Redis(redis.url);
    await client.flushall();
    await client.quit();
    do await billing.services.epochWatch.watch();
    while (await billing.services.epochWatch.isQuiet());
    await billing.services.loads.loadNow(customer.accountId);
    expect((await gate.inspect(customer.accountId))?.holds).toMatchObject([
      { amountNanoUsd: 6n * USD, expiresAt: null, final: true },
    ]);
    await expect(billing.admit(customer, 4n * USD + 1n)).rejects.toThrow('refused');
    answer = { state: 'done', reference: 'rf' };
    await billing.services.refundProgress.advancePending();
    await billing.tellGate();
    expect(await gate.inspect(customer.accountId)).toMatchObject({ balance: { postedNanoUsd: 4n * USD }, holds: [] });
    await billing.admit(customer, 4n * USD);
    expect(await auditDifferences(billing)).toEqual([]);
  });
});
