import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import {
  accountId,
  DEFAULTS,
  GateScenario,
  granted,
  holdId,
  keyId,
  keyOf,
  snapshotOf,
  workspaceOf,
} from './contract/gate-scenario.contract.js';
import { startPostgresGate, type PostgresGateUnderTest } from './contract/postgres-gate.contract.js';
import type { AdmitReply } from './hold-store.js';
import { PostgresHoldStore } from './postgres-hold-store.js';

/** Two edges and eight connections each: small calls, so that they meet in Postgres and not in the queue. */
const SMALL_CALLS = { operationsMax: 3, callsMax: 8, callTimeoutMs: 30_000 };
const ASKED = 200;

let gate: PostgresGateUnderTest;
let edges: readonly PostgresHoldStore[];
let s: GateScenario;

beforeAll(async () => {
  gate = await startPostgresGate(SMALL_CALLS);
  const other = await gate.testDatabase.database('edge_app', { poolMax: 10 });
  edges = [gate.store, new PostgresHoldStore(other, SMALL_CALLS)];
  s = new GateScenario(gate);
});
afterAll(() => gate.close());
beforeEach(() => s.start());

async function admitAll(amountNanoUsd: bigint, leastNanoUsd: bigint): Promise<AdmitReply[]> {
  return Promise.all(
    Array.from({ length: ASKED }, (_, index) => {
      const request = s.request(index + 1, amountNanoUsd, { leastNanoUsd });
      return (edges[index % 2] ?? gate.store).admit(request);
    }),
  );
}

function tally(replies: readonly AdmitReply[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reply of replies) counts[String(granted(reply))] = (counts[String(granted(reply))] ?? 0) + 1;
  return counts;
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

async function expectSumsToAgree(): Promise<void> {
  const view = await s.view();
  expect(view.heldNanoUsd).toBe(sum(view.holds.map((hold) => hold.amountNanoUsd)));
  expect(view.running).toBe(view.holds.filter((hold) => !hold.final).length);
  for (const counter of view.heldByPeriod) {
    const counted = view.holds.filter(
      (hold) =>
        (counter.scope === 'key' ? hold.keyId : hold.workspaceId) === counter.scopeId &&
        ['total', hold.periods.day, hold.periods.week, hold.periods.month].includes(counter.period),
    );
    expect(counter.heldNanoUsd).toBe(sum(counted.map((hold) => hold.amountNanoUsd)));
  }
}

describe('200 requests at once', () => {
  it('on a balance of exactly 40 holds admit exactly 40', async () => {
    expect(tally(await admitAll(25n, 1n))).toEqual({ 25: 40, balance: 160 });
    expect((await s.view()).heldNanoUsd).toBe(1_000n);
    await expectSumsToAgree();
  });

  it('on a balance with a remainder admit one more with what is left', async () => {
    expect(tally(await admitAll(30n, 7n))).toEqual({ 30: 33, 10: 1, balance: 166 });
    await s.start();
    expect(tally(await admitAll(30n, 11n))).toEqual({ 30: 33, balance: 167 });
  });

  it('on the monthly cap of a key admit exactly what it affords', async () => {
    await s.start({ keys: [keyOf(1, { monthlyCapNanoUsd: 505n })] });
    expect(tally(await admitAll(50n, 5n))).toEqual({ 50: 10, 5: 1, key_cap: 189 });
    await expectSumsToAgree();
  });

  it('on a limit of requests admit exactly so many', async () => {
    await s.start({ keys: [keyOf(1, { requestsPerMinute: 60 })] });
    expect(tally(await admitAll(1n, 1n))).toEqual({ 1: 60, requests_per_minute: 140 });
  });

  it('on a limit of concurrency admit exactly so many', async () => {
    await s.start({ keys: [keyOf(1, { concurrency: 17 })] });
    expect(tally(await admitAll(1n, 1n))).toEqual({ 1: 17, key_concurrency: 183 });
  });

  it('with one id are one hold', async () => {
    const replies = await Promise.all(
      Array.from({ length: ASKED }, (_, index) => (edges[index % 2] ?? gate.store).admit(s.request(1, 30n))),
    );
    expect(tally(replies)).toEqual({ 30: ASKED });
    expect(await s.held()).toEqual({ 1: 30n });
  });
});

describe('operations of one account at once', () => {
  it('keep every held sum equal to the holds', async () => {
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const number = index + 1;
        const edge = edges[index % 2] ?? gate.store;
        const resize = (targetNanoUsd: bigint, final: boolean) =>
          edge.resize({ accountId: accountId(1), holdId: holdId(number), targetNanoUsd, final, tokens: 5 });
        await edge.admit(s.request(number, 10n, { leastNanoUsd: 0n, tokens: 9 }));
        await Promise.all([resize(25n, false), resize(BigInt(index % 7), true), resize(18n, false)]);
        if (index % 3 === 0) {
          const closing = { accountId: accountId(1), closed: [holdId(number)] };
          await Promise.all([gate.store.apply([closing]), gate.store.apply([closing]), resize(0n, true)]);
        }
      }),
    );
    await expectSumsToAgree();
    expect((await s.view()).holds.length).toBeLessThanOrEqual(40);
  });

  it('and of many accounts in mixed order never wait for each other in a ring', async () => {
    const numbers = [1, 2, 3, 4, 5, 6];
    for (const number of numbers.slice(1)) {
      await gate.store.load(
        snapshotOf({
          accountId: accountId(number),
          workspaces: [workspaceOf(number)],
          keys: [keyOf(number, { workspaceId: workspaceOf(number).workspaceId })],
        }),
      );
    }
    const asked = Array.from({ length: 240 }, (_, index) => {
      const number = numbers[(index * 5 + (index >> 3)) % numbers.length] ?? 1;
      return s.request(1_000 + index, 1n, { accountId: accountId(number), keyId: keyId(number), defaults: DEFAULTS });
    });
    const replies = await Promise.all(asked.map((request, index) => (edges[index % 2] ?? gate.store).admit(request)));
    expect(tally(replies)).toEqual({ 1: 240 });
    const changes = numbers.map((number, index) => ({
      accountId: accountId(number),
      balance: { postedNanoUsd: 900n, version: 2 + index, creditedNanoUsd: 1_000n, spentNanoUsd: 100n },
      closed: asked.filter((request) => request.accountId === accountId(number)).map((request) => request.holdId),
    }));
    await Promise.all([
      gate.store.apply(changes),
      gate.store.apply(changes.toReversed()),
      ...asked.map((request, index) =>
        (edges[index % 2] ?? gate.store).resize({ ...request, targetNanoUsd: 5n, final: true, tokens: null }),
      ),
    ]);
    for (const number of numbers) expect((await gate.store.inspect(accountId(number)))?.holds).toEqual([]);
  });
});
