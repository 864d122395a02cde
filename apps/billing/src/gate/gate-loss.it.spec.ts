import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HoldOpened } from '@apilink/contracts';
import { RedisHoldStore } from '@apilink/holds';
import { startRedis, type RunningRedis } from '@apilink/local-stack';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { Redis } from 'ioredis';

import { BillingScenario, finalOf, type Customer } from '../scenario/billing-scenario.factory.js';

/** Short, so that the interval after a loss is: a sixth of it. */
const HOLD_EXPIRY_MS = 1_800;

describe('a gate that is lost', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let gate: RedisHoldStore;
  let redis: RunningRedis;
  let folder: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), 'apilink-gate-loss-'));
    redis = await startRedis({ folder });
    const { hostname, port } = new URL(redis.url);
    gate = new RedisHoldStore({ connection: { host: hostname, port: Number(port) } });
    await gate.connected();
    billing = await BillingScenario.create(test, { now: Date.now, holdExpiryMs: HOLD_EXPIRY_MS }, { gate });
    await billing.services.epochWatch.watch();
  });

  afterAll(async () => {
    await billing.close();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
    await test.drop();
  });

  async function flush(): Promise<void> {
    const client = new Redis(redis.url);
    await client.flushall();
    await client.quit();
  }

  function renew(hold: HoldOpened) {
    const { generationId, amountNanoUsd, ...facts } = hold;
    return gate.renew({ holds: [{ ...facts, holdId: generationId, amountNanoUsd }], expiryMs: HOLD_EXPIRY_MS });
  }

  /** The interval is over and the account is loaded: what an edge does when it is asked the next time. */
  async function whenOpen({ accountId }: Customer): Promise<void> {
    do await billing.services.epochWatch.watch();
    while (await billing.services.epochWatch.isQuiet());
    await billing.services.loads.loadNow(accountId);
  }

  async function epoch(): Promise<number | null> {
    return (await gate.standing()).epoch;
  }

  it('opens at once in its first epoch', async () => {
    expect(await epoch()).toBe(1);
    await billing.admit(await billing.customer(1_000n), 1_000n);
  });

  it('admits nothing until its edges have renewed, and nothing above balance and caps then', async () => {
    const customer = await billing.customer(1_000n);
    const [ended, running, unheard] = [
      await billing.admit(customer, 100n),
      await billing.admit(customer, 300n),
      await billing.admit(customer, 200n),
    ];
    await billing.settle([ended, finalOf(ended)]);
    await flush();
    await expect(billing.admit(customer, 1n)).rejects.toThrow('not_loaded');
    await billing.services.epochWatch.watch();
    expect(await epoch()).toBe(2);
    // Of the two that run the ledger knows none: one edge renews at once, the other is cut off.
    const renewed = await renew(running);
    expect(renewed.epoch).toBe(2);
    await billing.services.loads.loadNow(customer.accountId);
    await expect(billing.admit(customer, 1n)).rejects.toThrow('quiet');
    await whenOpen(customer);
    const view = await gate.inspect(customer.accountId);
    expect(view).toMatchObject({ balance: { postedNanoUsd: 930n, spentNanoUsd: 70n }, heldNanoUsd: 300n });
    expect(view?.periods.filter(({ period }) => period === 'total').map(({ spentNanoUsd }) => spentNanoUsd)).toEqual([
      70n,
      70n,
    ]);
    await expect(billing.admit(customer, 631n)).rejects.toThrow('refused');
    const next = await billing.admit(customer, 630n);
    // The one that was cut off settles as late: what is left for it is nothing, and the rest is ours.
    await billing.settle([unheard, finalOf(unheard), running, finalOf(running, { epoch: 2 })]);
    await billing.settle([next, finalOf(next, { outcome: 'client_disconnect', chargeNanoUsd: 630n })]);
    await billing.tellGate();
    await billing.services.lateSettlements.settlePending();
    await billing.tellGate();
    expect((await billing.services.receipts.find(unheard.generationId)).state).toBe('late_settled');
    const { balance } = await billing.services.accounts.show(customer.accountId);
    expect(balance.paidNanoUsd + balance.promoNanoUsd).toBeGreaterThanOrEqual(0n);
  });

  it('keeps a commit that was told to nobody: top-ups and keys wait for it, and the answer does not', async () => {
    const customer = await billing.customer(100n);
    await redis.kill();
    const grant = { accountId: customer.accountId, amountNanoUsd: 400n, reason: 'test', actor: 'test' };
    await expect(billing.services.credits.grant({ ...grant, requestKey: 'while-away-1' })).resolves.toMatchObject({
      postedNanoUsd: 500n,
    });
    expect(await billing.services.gateTeller.isBehind(customer.accountId)).toBe(true);
    expect((await billing.services.accounts.show(customer.accountId)).heldNanoUsd).toBe(0n);
    await redis.restart();
    await back();
    await whenOpen(customer);
    await billing.tellGate();
    expect(await gate.inspect(customer.accountId)).toMatchObject({ balance: { postedNanoUsd: 500n } });
    await billing.admit(customer, 500n);
  });

  it('compares what it has kept over a change of its run before it admits again', async () => {
    const customer = await billing.customer(1_000n);
    const [ended, open] = [await billing.admit(customer, 100n), await billing.admit(customer, 200n)];
    await billing.tellGate();
    await billing.settle([ended, finalOf(ended), open]);
    // What a lagging replica misses: the commit was told to the one before.
    await billing.database.query('DELETE FROM gate_outbox WHERE account_id = $1', [customer.accountId]);
    await gate.resize({
      accountId: customer.accountId,
      holdId: open.generationId,
      targetNanoUsd: 0n,
      final: true,
      tokens: null,
    });
    await redis.restart();
    const before = await back();
    await expect(billing.admit(customer, 1n)).rejects.toThrow('not_loaded');
    await billing.services.epochWatch.watch();
    expect(await epoch()).toBeGreaterThan(before ?? 0);
    expect(await gate.inspect(customer.accountId)).toMatchObject({ balance: { postedNanoUsd: 930n } });
    expect((await gate.inspect(customer.accountId))?.holds.map(({ holdId }) => holdId)).not.toContain(
      ended.generationId,
    );
    await whenOpen(customer);
    await expect(billing.admit(customer, 931n)).rejects.toThrow('refused');
    const [recorded] = await billing.database.query<{ cause: string; compared: boolean }>(
      'SELECT cause, compared_at IS NOT NULL AS compared FROM gate_epochs ORDER BY epoch DESC LIMIT 1',
    );
    expect(recorded).toEqual({ cause: 'other_run', compared: true });
  });

  /** The gate answers again after its restart; resolves with the epoch that it kept. */
  async function back(): Promise<number | null> {
    for (;;) {
      const standing = await gate.standing().catch(() => null);
      if (standing !== null) return standing.epoch;
      // A refusal without a connection comes at once: the connection has to have its turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});
