import { createTopics, eventLogVariables } from '../../libs/events/dist/index.js';
import { readEnvironment } from '../../libs/service/dist/index.js';
import { z } from 'zod';

/** Creates the topics that are missing on the Kafka of KAFKA_BROKERS, without copies: a local one is a single broker. */
try {
  const environment = readEnvironment(z.object(eventLogVariables), process.env);
  await createTopics({ environment, replicationFactor: 1 });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
