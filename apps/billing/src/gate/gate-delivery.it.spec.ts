import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AccountId } from '@apilink/contracts';
import { RedisHoldStore } from '@apilink/holds';
import { testRedis } from '@apilink/local-stack';
import type { DatabaseSession } from '@apilink/postgres';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { BillingScenario, finalOf } from '../scenario/billing-scenario.factory.js';
import { SoleInstance } from '../schedule/sole-instance.service.js';

describe('the gate writer', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let gate: RedisHoldStore;
  /** Where the process ends, as far as anybody else can see. */
  let killedAt: string | null = null;

  beforeAll(async () => {
    test = await createTestDatabase();
    const { hostname, port } = new URL((await testRedis()).url);
    const keyPrefix = `billing-delivery-${test.name}:`;
    gate = new RedisHoldStore({ connection: { host: hostname, port: Number(port) }, unsafe: 'allow', keyPrefix });
    await gate.connected();
    const failpoints = {
      reach(point: string) {
        if (point === killedAt) throw new Error(`killed at ${point}`);
      },
    };
    billing = await BillingScenario.create(test, { now: Date.now, holdExpiryMs: 90_000 }, { gate, failpoints });
    await billing.services.epochWatch.watch();
  });

  beforeEach(() => {
    killedAt = null;
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  async function waiting(accountId: AccountId): Promise<number> {
    const [row] = await billing.database.query<{ count: string }>(
      'SELECT count(*) AS count FROM gate_outbox WHERE account_id = $1',
      [accountId],
    );
    return Number(row?.count);
  }

  it('has told a grant, a lowered cap and a revoked key when they are answered', async () => {
    const customer = await billing.customer(1_000n);
    expect(await waiting(customer.accountId)).toBe(0);
    expect(await gate.inspect(customer.accountId)).toMatchObject({ balance: { postedNanoUsd: 1_000n } });
    await billing.admit(customer, 100n);
    await billing.services.apiKeys.update(customer.keyId, { monthlyCapNanoUsd: 150n }, 'test');
    await expect(billing.admit(customer, 100n)).rejects.toThrow('refused');
    await billing.admit(customer, 50n);
    await billing.services.apiKeys.update(customer.keyId, { monthlyCapNanoUsd: null }, 'test');
    await billing.services.apiKeys.revoke(customer.keyId, 'test');
    await expect(billing.admit(customer, 1n)).rejects.toThrow('refused');
  });

  it('is told with the ledger or not at all, and tells the end of a hold together with its charge', async () => {
    const customer = await billing.customer(1_000n);
    const hold = await billing.admit(customer, 100n);
    killedAt = 'settlement.committing';
    await expect(billing.settle([hold, finalOf(hold)])).rejects.toThrow('killed');
    expect(await waiting(customer.accountId)).toBe(0);
    killedAt = 'settlement.committed';
    await expect(billing.settle([hold, finalOf(hold)])).rejects.toThrow('killed');
    expect(await waiting(customer.accountId)).toBe(1);
    expect(await gate.inspect(customer.accountId)).toMatchObject({ heldNanoUsd: 100n });
    killedAt = null;
    await billing.settle([hold, finalOf(hold)]);
    await billing.tellGate();
    const told = { balance: { postedNanoUsd: 930n }, heldNanoUsd: 0n, holds: [] };
    expect(await gate.inspect(customer.accountId)).toMatchObject(told);
  });

  it.each(['gate-writer.read', 'gate-writer.applied'])(
    'loses and doubles nothing when it dies at %s',
    async (point) => {
      const customer = await billing.customer(1_000n);
      const [ended, running] = [await billing.admit(customer, 100n), await billing.admit(customer, 200n)];
      await billing.settle([ended, finalOf(ended), running]);
      killedAt = point;
      await expect(billing.tellGate()).rejects.toThrow('killed');
      expect(await waiting(customer.accountId)).toBe(1);
      killedAt = null;
      await billing.tellGate();
      expect(await waiting(customer.accountId)).toBe(0);
      expect(await gate.inspect(customer.accountId)).toMatchObject({
        balance: { postedNanoUsd: 930n, spentNanoUsd: 70n },
        heldNanoUsd: 200n,
      });
    },
  );

  it('tells everybody else although the gate refuses one account, and that one as soon as it takes it', async () => {
    const [damaged, sound] = [await billing.customer(1_000n), await billing.customer(1_000n)];
    const holds = [await billing.admit(damaged, 100n), await billing.admit(sound, 100n)];
    await billing.settle(holds.flatMap((hold) => [hold, finalOf(hold)]));
    const apply = gate.apply.bind(gate);
    gate.apply = async (changes) => {
      if (changes.some(({ accountId }) => accountId === damaged.accountId)) throw new Error('wrong kind of value');
      await apply(changes);
    };
    await billing.tellGate();
    gate.apply = apply;
    expect([await waiting(damaged.accountId), await waiting(sound.accountId)]).toEqual([1, 0]);
    while ((await waiting(damaged.accountId)) > 0) await billing.tellGate();
    expect(await gate.inspect(damaged.accountId)).toMatchObject({ balance: { postedNanoUsd: 930n }, holds: [] });
  });

  it('is one instance at a time, and another takes over as soon as the session of the first ends', async () => {
    const sessions: DatabaseSession[] = [];
    const remembering = {
      openSession: async (purpose: string) => {
        const session = await billing.database.openSession(purpose);
        sessions.push(session);
        return session;
      },
    };
    const [first, second] = [
      new SoleInstance(remembering, 'gate-writer'),
      new SoleInstance(remembering, 'gate-writer'),
    ];
    expect(await first.take()).not.toBeNull();
    expect(await Promise.all([first.take(), second.take(), second.take()])).toEqual([sessions[0], null, null]);
    // The connection breaks: Postgres has freed the lock, and the first one is told so when it asks next.
    const [row = { pid: 0 }] = (await sessions[0]?.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')) ?? [];
    await billing.database.query('SELECT pg_terminate_backend($1)', [row.pid]);
    let taken = await second.take();
    while (taken === null) taken = await second.take();
    expect(await first.take().catch(() => null)).toBeNull();
    await second.end();
    expect(await first.take()).not.toBeNull();
    await first.end();
  });

  it('leaves books and gate without a difference', async () => {
    await billing.tellGate();
    const differences: unknown[] = [];
    await billing.services.audits.run('audit', (line) => {
      if (line.type === 'report') differences.push(...line.differences);
    });
    expect(differences).toEqual([]);
  });
});
