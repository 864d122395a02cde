import { setTimeout as sleep } from 'node:timers/promises';

import { integerVariable, readEnvironment, reportFailure } from '@apilink/service';
import { z } from 'zod';

import { createTopics } from './create-topics.js';
import { eventLogVariables } from './event-log-variables.js';
import { mayPass } from './kafka-problem.js';

/** A broker that starts together with this job gets so long. */
const PATIENCE_MS = 30_000;
const APART_MS = 1_000;

const schema = z.object({
  ...eventLogVariables,
  KAFKA_REPLICATION_FACTOR: integerVariable(1, 9)
    .default(3)
    .describe('Copies of every partition; 1 on a single broker'),
});

/** The job that creates the topics: it says what it created and exits 0; a wrong variable is one sentence and exit 2. */
async function main(): Promise<void> {
  const environment = readEnvironment(schema, process.env);
  const begunAt = performance.now();
  for (;;) {
    try {
      const created = await createTopics({ environment, replicationFactor: environment.KAFKA_REPLICATION_FACTOR });
      const told = created.length === 0 ? ['Every topic exists.'] : created.map((topic) => `Created ${topic}.`);
      process.stdout.write(`${told.join('\n')}\n`);
      return;
    } catch (error) {
      if (!mayPass(error) || performance.now() - begunAt > PATIENCE_MS) throw error;
    }
    await sleep(APART_MS);
  }
}

try {
  await main();
} catch (error) {
  reportFailure(error, process, null);
}
