import type { LocalServer, LocalServerOptions } from './local-server.js';

export type KafkaOptions = LocalServerOptions;

export interface RunningKafka extends LocalServer {
  /** `127.0.0.1:<port>` */
  readonly brokers: string;
}

/** Starts a Kafka broker (KRaft, one node, no topics, none created by itself) on loopback. */
export async function startKafka(options: KafkaOptions): Promise<RunningKafka> {
  throw new Error(`not yet: ${options.folder}`);
}
