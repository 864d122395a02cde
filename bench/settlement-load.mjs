import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { topics } from '@apilink/contracts';
import { eventLogVariables, openEventLog } from '@apilink/events';
import { readEnvironment } from '@apilink/service';
import { z } from 'zod';

import { cpuSecondsOfTree } from './cpu-time.mjs';

const GROUP = 'billing';
const POLL_MS = 50;
/** Until the compiler of the engine has seen a batch some hundred times. */
const WARM_UP_SHARE = 0.3;
const WAIT_MS_MAX = 120_000;

/**
 * Stops billing, lets the edge make a backlog of usage events, starts billing again and watches how fast its consumer
 * gets through the rest of it. `makeBacklog` loads the edge.
 */
export async function loadSettlement(stack, makeBacklog) {
  const environment = readEnvironment(z.object(eventLogVariables), { KAFKA_BROKERS: stack.brokers });
  const logger = { warn: () => undefined, error: () => undefined };
  const log = await openEventLog({ environment, clientId: 'bench', logger, database: () => Promise.reject() });
  try {
    await settled(log, 0);
    await stack.billing.stop();
    await makeBacklog();
    const events = await waiting(log);
    await stack.billing.start();
    const before = await settled(log, events * (1 - WARM_UP_SHARE), stack);
    const after = await settled(log, 0, stack);
    const count = before.left - after.left;
    return {
      events,
      perSecond: count / ((after.at - before.at) / 1_000),
      billingMicroseconds: ((after.billingCpu - before.billingCpu) * 1e6) / count,
      databaseMicroseconds: ((after.databaseCpu - before.databaseCpu) * 1e6) / count,
    };
  } finally {
    await log.close();
  }
}

/** Resolves when at most so many events wait, with what was used until then. */
async function settled(log, most, stack) {
  for (const until = performance.now() + WAIT_MS_MAX; ; await sleep(POLL_MS)) {
    const left = await waiting(log);
    const at = performance.now();
    if (left <= most) {
      if (stack === undefined) return { left, at };
      const { billing, Postgres } = stack.pids;
      return { left, at, billingCpu: cpuSecondsOfTree(billing), databaseCpu: cpuSecondsOfTree(Postgres) };
    }
    if (at > until) throw new Error(`billing has not settled ${left} events after ${WAIT_MS_MAX / 1_000} s`);
  }
}

async function waiting(log) {
  const [ends, committed] = await Promise.all([
    log.endOffsets(topics.usage.name),
    log.committedOffsets(GROUP, topics.usage.name),
  ]);
  let left = 0n;
  for (const [partition, end] of ends) left += end - (committed.get(partition) ?? 0n);
  return Number(left);
}
