import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { accountIdSchema, keyIdSchema } from '@apilink/contracts';
import { periodCandidates } from '@apilink/holds';

import { cpuSecondsOfTree } from './cpu-time.mjs';

const HOLD_NANO_USD = 1_000_000n;
const EXPIRY_MS = 90_000;
const TICK_MS = 2;
const defaults = { requestsPerMinute: 10_000_000, tokensPerMinute: 100_000_000_000, concurrency: 1_000_000 };

/**
 * Asks the gate alone, as an edge does, all on one account whose key has every cap: admissions with their final resizes
 * as fast as they go, admissions alone, then admissions at half of what its store's core can do, for their latency. Tells
 * the CPU that the store's process and the asking process used.
 */
export async function loadGate(stack, seconds) {
  const { name, store, concurrency, pid, close } = await stack.openGate();
  const asking = { store, concurrency, ...idsOf(stack.customer) };
  const atOnce = (ask) => asFastAsItGoes(ask, { concurrency, seconds, pid });
  try {
    const pairs = await atOnce(() => askPair(asking));
    const held = [];
    const admissions = await atOnce(() => admit(asking, held));
    await releaseAll(asking, held.splice(0));
    const half = Math.min(5e5 / admissions.storeMicroseconds, admissions.perSecond / 2);
    const paced = await atRate(() => admit(asking, held), half, seconds);
    await releaseAll(asking, held);
    return {
      name,
      admissionsPerSecond: pairs.perSecond,
      storeMicroseconds: pairs.storeMicroseconds,
      admissionMicroseconds: admissions.storeMicroseconds,
      clientMicroseconds: pairs.ownMicroseconds,
      paced,
    };
  } finally {
    await close();
  }
}

function idsOf({ accountId, keyId }) {
  return { accountId: accountIdSchema.parse(accountId), keyId: keyIdSchema.parse(keyId) };
}

async function admit({ store, accountId, keyId }, held) {
  const holdId = randomUUID();
  const reply = await store.admit({
    accountId,
    keyId,
    holdId,
    amountNanoUsd: HOLD_NANO_USD,
    leastNanoUsd: HOLD_NANO_USD,
    tokens: 1_000,
    periods: periodCandidates('UTC', Date.now()),
    defaults,
    expiryMs: EXPIRY_MS,
  });
  if (reply.outcome !== 'granted') throw new Error(`the gate answered ${reply.outcome}`);
  held.push(holdId);
}

async function release({ store, accountId }, holdId) {
  await store.resize({ accountId, holdId, targetNanoUsd: 0n, final: true, tokens: 0 });
}

async function releaseAll(asking, held) {
  while (held.length > 0)
    await Promise.all(held.splice(0, asking.concurrency).map((holdId) => release(asking, holdId)));
}

async function askPair(asking) {
  const held = [];
  await admit(asking, held);
  await release(asking, held[0]);
}

/** Many at once, each asking again when it is answered. */
async function asFastAsItGoes(ask, { concurrency, seconds, pid }) {
  const run = { count: 0, isOver: false };
  const clients = Array.from({ length: concurrency }, async () => {
    while (!run.isOver) {
      await ask();
      run.count++;
    }
  });
  await sleep(500);
  const before = snapshot(run, pid);
  await sleep(seconds * 1_000);
  const after = snapshot(run, pid);
  run.isOver = true;
  await Promise.all(clients);
  const count = after.count - before.count;
  return {
    perSecond: count / ((after.at - before.at) / 1_000),
    storeMicroseconds: ((after.storeCpu - before.storeCpu) * 1e6) / count,
    ownMicroseconds: (after.ownCpu - before.ownCpu) / count,
  };
}

/** So many a second, whatever their answers take; the times are those from asking to answer. */
async function atRate(ask, perSecond, seconds) {
  const times = [];
  const running = new Set();
  const begunAt = performance.now();
  for (let asked = 0; performance.now() - begunAt < seconds * 1_000; await sleep(TICK_MS)) {
    const due = ((performance.now() - begunAt) / 1_000) * perSecond;
    for (; asked < due; asked++) {
      const at = performance.now();
      const one = ask().then(() => times.push(performance.now() - at));
      running.add(one);
      void one.finally(() => running.delete(one));
    }
  }
  await Promise.all(running);
  times.sort((one, other) => one - other);
  const share = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];
  return { perSecond, p50Ms: share(0.5), p99Ms: share(0.99) };
}

function snapshot({ count }, pid) {
  const { user, system } = process.cpuUsage();
  return { count, at: performance.now(), storeCpu: cpuSecondsOfTree(pid), ownCpu: user + system };
}
