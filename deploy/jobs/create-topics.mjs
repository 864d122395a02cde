/**
 * Creates the topics that Kafka does not have yet, and ends. Safe to run again, and before every release: what exists is
 * left as it is. A Kafka that nobody answers at for half a minute, or a topic with other partitions, is one sentence and exit code 2.
 */
import { createTopics, eventLogVariables } from '@apilink/events';
import { createLogger, integerVariable, readEnvironment, reportFailure } from '@apilink/service';
import { z } from 'zod';

const schema = z.object({
  ...eventLogVariables,
  KAFKA_REPLICATION: integerVariable(1, 9)
    .prefault('3')
    .describe('Copies of each partition: 3 in production, 1 on a single broker'),
});

const logger = createLogger({ name: 'create-topics' });
try {
  const environment = readEnvironment(schema, process.env);
  const created = await createTopics({
    environment: { ...environment, EVENT_LOG: 'kafka' },
    replicationFactor: environment.KAFKA_REPLICATION,
    patienceMs: 30_000,
    logger,
  });
  logger.info({ created }, 'The topics are there.');
} catch (error) {
  reportFailure(error, process, logger);
}
