import { afterAll, beforeAll } from '@jest/globals';
import { testKafka } from '@apilink/local-stack';

import { contractTopics, describeEventLog } from './event-log.contract.js';
import { KafkaTestLogs } from './kafka-test-logs.js';

let kafka: KafkaTestLogs;

beforeAll(async () => {
  const { brokers } = await testKafka();
  kafka = await KafkaTestLogs.on(brokers);
});
afterAll(async () => {
  await kafka.dispose();
});

describeEventLog('KafkaEventLog', async () => {
  const logs = await kafka.fresh(contractTopics);
  return {
    open: async () => logs.open(),
    dispose: () => logs.dispose(),
  };
});
