import { openEventLog, type EventLog } from '@apilink/events';
import { openHoldStore, type HoldStore, type OpenedHoldStore } from '@apilink/holds';
import { connectDatabase } from '@apilink/postgres';
import { CredentialStore, SigningUpstreamClient, UndiciUpstreamClient, type UpstreamClient } from '@apilink/providers';
import { ConfigurationError, type Environment, type Logger } from '@apilink/service';

import type { EdgeEnvironment } from './edge.config.js';

/** A store that can be lost tells when it was: every answer of it carries its epoch. */
export type EdgeHoldStore = HoldStore & Partial<Pick<OpenedHoldStore, 'onEpoch'>>;

/** What an edge reaches the world through. */
export interface EdgePorts {
  readonly holdStore: EdgeHoldStore;
  readonly eventLog: EventLog;
  readonly upstream: UpstreamClient;
  readonly credentials: CredentialStore;
}

export interface OpenedPorts {
  readonly ports: EdgePorts;
  /** Closes what was opened here; ports that were given stay their owner's. */
  readonly close: () => Promise<void>;
}

export interface PortSetting {
  readonly env: Environment;
  readonly settings: EdgeEnvironment;
  readonly edgeId: string;
  readonly logger: Logger;
}

/**
 * Opens what the caller did not give. A Kafka or a Redis that is away does not end the process: an edge waits for them,
 * unready, or serves as far as it can.
 */
export async function openPorts(
  given: Partial<EdgePorts>,
  { env, settings, edgeId, logger }: PortSetting,
): Promise<OpenedPorts> {
  const closing: (() => Promise<void>)[] = [];
  // A pool each: a slow event log must not keep admissions waiting for a connection.
  const database = async (purpose: string) => {
    if (settings.DATABASE_URL === undefined) {
      throw new ConfigurationError(
        `DATABASE_URL is required for a Postgres ${purpose}; or set KAFKA_BROKERS and REDIS_URL, and none is needed.`,
      );
    }
    const onError = (error: Error): void => logger.warn({ err: error, purpose }, 'a database connection broke');
    const opened = await connectDatabase({
      url: settings.DATABASE_URL,
      ssl: settings,
      applicationName: `edge-proxy ${purpose}`,
      schema: 'edge',
      onError,
    });
    closing.push(async () => opened.close());
    return opened;
  };
  const openLog = async (): Promise<EventLog> => {
    const log = await openEventLog({
      environment: settings,
      clientId: `edge-proxy ${edgeId}`,
      logger,
      database: async () => database('event log'),
      patient: true,
    });
    closing.push(async () => log.close());
    return log;
  };
  const openStore = async (): Promise<EdgeHoldStore> => {
    const store = await openHoldStore({
      environment: settings,
      clientName: `edge-proxy-${edgeId}`,
      logger,
      database: async () => database('gate'),
      patient: true,
    });
    closing.push(async () => store.close());
    return store;
  };
  const openUpstream = (): UpstreamClient => {
    const upstream = new SigningUpstreamClient(new UndiciUpstreamClient());
    closing.push(async () => upstream.close());
    return upstream;
  };
  const ports = {
    eventLog: given.eventLog ?? (await openLog()),
    holdStore: given.holdStore ?? (await openStore()),
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
