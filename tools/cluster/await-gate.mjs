import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { holdStoreVariables, openHoldStore } from '../../libs/holds/dist/index.js';
import { createLogger, readEnvironment, reportFailure } from '../../libs/service/dist/index.js';

/**
 * Ends when the gate of REDIS_URL admits requests: after a restart it waits until edges have had the time to tell of the
 * holds that they still have (a sixth of HOLD_EXPIRY). Exit code 1 when it does not within a minute.
 */
const waitMsMax = 60_000;
const pollMs = 100;

const logger = createLogger({ name: 'await-gate', level: 'error' });
try {
  const environment = readEnvironment(z.object(holdStoreVariables), process.env);
  const store = await openHoldStore({ environment, clientName: 'apilink-await-gate', logger, database: noDatabase });
  const deadline = Date.now() + waitMsMax;
  while (!admits(await store.epochs.standing())) {
    if (Date.now() > deadline) throw new Error('The gate admits nothing; the log of billing tells why.');
    await sleep(pollMs);
  }
  await store.close();
} catch (error) {
  reportFailure(error, process, null);
}

/** The epoch of this run of Redis has begun, and its quiet interval is over. */
function admits({ runId, epoch, epochRunId, now, quietUntil }) {
  return epoch !== null && epochRunId === runId && (quietUntil === null || quietUntil <= now);
}

async function noDatabase() {
  throw new Error('The gate of a cluster is Redis.');
}
