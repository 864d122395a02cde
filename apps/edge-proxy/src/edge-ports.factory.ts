import { PostgresEventLog, type EventLog } from '@apilink/events';
import { PostgresHoldStore, type HoldStore } from '@apilink/holds';
import { connectDatabase } from '@apilink/postgres';
import { CredentialStore, UndiciUpstreamClient, type UpstreamClient } from '@apilink/providers';
import { ConfigurationError, type Environment, type Logger } from '@apilink/service';

import type { EdgeEnvironment } from './edge.config.js';

/** What an edge reaches the world through. */
export interface EdgePorts {
  readonly holdStore: HoldStore;
  readonly eventLog: EventLog;
  readonly upstream: UpstreamClient;
  readonly credentials: CredentialStore;
}

export interface OpenedPorts {
  readonly ports: EdgePorts;
  /** Closes what was opened here; ports that were given stay their owner's. */
  readonly close: () => Promise<void>;
}

/** Opens what the caller did not give. */
export async function openPorts(
  given: Partial<EdgePorts>,
  { env, settings, logger }: { env: Environment; settings: EdgeEnvironment; logger: Logger },
): Promise<OpenedPorts> {
  const closing: (() => Promise<void>)[] = [];
  // A pool each: a slow event log must not keep admissions waiting for a connection.
  const database = async (purpose: string) => {
    if (settings.DATABASE_URL === undefined) {
      throw new ConfigurationError('DATABASE_URL is required: the Postgres of the embedded gate and event log.');
    }
    const onError = (error: Error): void => logger.warn({ err: error, purpose }, 'a database connection broke');
    const opened = await connectDatabase({
      url: settings.DATABASE_URL,
      applicationName: `edge-proxy ${purpose}`,
      schema: 'edge',
      onError,
    });
    closing.push(async () => opened.close());
    return opened;
  };
  const openEventLog = async (): Promise<EventLog> => {
    const log = new PostgresEventLog(await database('event log'), { logger });
    closing.push(async () => log.close());
    return log;
  };
  const openHoldStore = async (): Promise<HoldStore> => {
    const store = new PostgresHoldStore(await database('gate'));
    closing.push(async () => store.close());
    return store;
  };
  const openUpstream = (): UpstreamClient => {
    const upstream = new UndiciUpstreamClient();
    closing.push(async () => upstream.close());
    return upstream;
  };
  const ports = {
    eventLog: given.eventLog ?? (await openEventLog()),
    holdStore: given.holdStore ?? (await openHoldStore()),
    upstream: given.upstream ?? openUpstream(),
    credentials: given.credentials ?? new CredentialStore(env),
  };
  return {
    ports,
    close: async () => {
      for (const close of closing.toReversed()) await close();
    },
  };
}
