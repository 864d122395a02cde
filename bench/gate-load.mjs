import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { accountIdSchema, keyIdSchema } from '@apilink/contracts';
import { periodCandidates, PostgresHoldStore } from '@apilink/holds';
import { connectDatabase } from '@apilink/postgres';

import { cpuSecondsOfTree } from './cpu-time.mjs';

const CONCURRENCY = 64;
const HOLD_NANO_USD = 1_000_000n;
const EXPIRY_MS = 90_000;

/**
 * Asks the embedded gate alone, as an edge does: an admission and its final resize, with many of them at once on one
 * account. Tells pairs a second, and the CPU that the Postgres processes and the asking process used for one.
 */
export async function loadGate({ gateUrl, postgresPid, customer, seconds, options }) {
  const database = await connectDatabase({ url: gateUrl, applicationName: 'bench', schema: 'gate' });
  const store = new PostgresHoldStore(database, options);
  try {
    const run = { store, customer, pairs: 0, isOver: false };
    const clients = Array.from({ length: CONCURRENCY }, () => ask(run));
    await sleep(1_000);
    const before = snapshot(run, postgresPid);
    await sleep(seconds * 1_000);
    const after = snapshot(run, postgresPid);
    run.isOver = true;
    await Promise.all(clients);
    const pairs = after.pairs - before.pairs;
    return {
      admissionsPerSecond: pairs / ((after.at - before.at) / 1_000),
      postgresMicroseconds: ((after.postgresCpu - before.postgresCpu) * 1e6) / pairs,
      clientMicroseconds: (after.ownCpu - before.ownCpu) / pairs,
    };
  } finally {
    await store.close();
    await database.close();
  }
}

function snapshot({ pairs }, postgresPid) {
  const { user, system } = process.cpuUsage();
  return { pairs, at: performance.now(), postgresCpu: cpuSecondsOfTree(postgresPid), ownCpu: user + system };
}

async function ask(run) {
  const accountId = accountIdSchema.parse(run.customer.accountId);
  const keyId = keyIdSchema.parse(run.customer.keyId);
  const defaults = { requestsPerMinute: 10_000_000, tokensPerMinute: 100_000_000_000, concurrency: 1_000_000 };
  while (!run.isOver) {
    const holdId = randomUUID();
    const reply = await run.store.admit({
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
    await run.store.resize({ accountId, holdId, targetNanoUsd: 0n, final: true, tokens: 0 });
    run.pairs++;
  }
}
