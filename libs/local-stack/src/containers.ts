import { GenericContainer, Wait } from 'testcontainers';

import { containerImages } from './container-images.js';
import { freePort } from './free-port.js';
import type { RunningTestServer, Starters } from './server-kind.js';

const START_MS_MAX = 120_000;

/** As containers that testcontainers removes when this process ends, however it ends. */
export const startContainer: Starters = { redis: startRedisContainer, kafka: startKafkaContainer };

async function startRedisContainer(): Promise<RunningTestServer> {
  const container = await new GenericContainer(containerImages.redis)
    .withCommand(['redis-server', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--save', ''])
    .withExposedPorts(6379)
    .withStartupTimeout(START_MS_MAX)
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .start();
  return {
    address: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    stop: async () => {
      await container.stop();
    },
  };
}

/** A broker tells its clients where it is, so its port outside has to be known before it starts. */
async function startKafkaContainer(): Promise<RunningTestServer> {
  const port = await freePort();
  const container = await new GenericContainer(containerImages.kafka)
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    })
    .withExposedPorts({ container: 9092, host: port })
    .withStartupTimeout(START_MS_MAX)
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();
  return {
    address: `127.0.0.1:${port}`,
    stop: async () => {
      await container.stop();
    },
  };
}
