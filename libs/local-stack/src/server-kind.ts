import { startKafka } from './kafka-server.js';
import { startRedis } from './redis-server.js';

/** The servers that a run of tests shares. */
export const serverKinds = ['redis', 'kafka'] as const;
export type ServerKind = (typeof serverKinds)[number];

export interface RunningTestServer {
  /** `redis://127.0.0.1:6379`, `127.0.0.1:9092` */
  readonly address: string;
  stop(): Promise<void>;
}

export type Starters = Readonly<Record<ServerKind, (folder: string) => Promise<RunningTestServer>>>;

/** What to set in the environment for a server of one's own, the first one before the second. */
export const addressVariables: Readonly<Record<ServerKind, readonly string[]>> = {
  redis: ['TEST_REDIS_URL', 'REDIS_URL'],
  kafka: ['TEST_KAFKA_BROKERS', 'KAFKA_BROKERS'],
};

export function isServerKind(text: string | undefined): text is ServerKind {
  return serverKinds.some((kind) => kind === text);
}

/** As an installation of this machine, below the folder. */
export const startInstalled: Starters = {
  redis: async (folder) => {
    const redis = await startRedis({ folder });
    return { address: redis.url, stop: async () => redis.kill() };
  },
  kafka: async (folder) => {
    const kafka = await startKafka({ folder });
    return { address: kafka.brokers, stop: async () => kafka.kill() };
  },
};
