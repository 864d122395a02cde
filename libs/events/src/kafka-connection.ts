import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { ConfigurationError } from '@apilink/service';
import { Kafka, type ISocketFactoryArgs, type KafkaConfig, type SASLOptions } from 'kafkajs';

import type { EventLogLogger } from './event-log.js';
import type { EventLogEnvironment } from './event-log-variables.js';
import { kafkaLogCreator, KAFKAJS_LOG_LEVEL } from './kafka-log.js';

/** A handshake with TLS across a region fits; a host that drops packets is given up. */
const CONNECTION_TIMEOUT_MS = 3_000;
/** Longer than any request but those that wait for a group, which kafkajs gives more. */
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;

/** Where Kafka is and how to be let in. */
export interface KafkaAddress {
  readonly brokers: readonly string[];
  readonly ssl: NonNullable<KafkaConfig['ssl']> | null;
  readonly sasl: SASLOptions | null;
}

/** Reads the variables together. Throws ConfigurationError when they contradict each other or one of them lacks. */
export function kafkaAddress(environment: EventLogEnvironment): KafkaAddress {
  const { KAFKA_BROKERS: brokers } = environment;
  if (brokers === undefined) {
    throw new ConfigurationError(
      'KAFKA_BROKERS is required for Kafka: set it to host:port, or set EVENT_LOG to postgres.',
    );
  }
  return { brokers, ssl: sslOf(environment), sasl: saslOf(environment) };
}

/**
 * A client of kafkajs with its sockets. Its own consumers and producers retry so often as they say; whoever uses it
 * starts afresh after that, with a new one: nothing of a connection that went wrong is carried over.
 */
export class KafkaConnection {
  readonly kafka: Kafka;
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  constructor(address: KafkaAddress, clientId: string, logger: EventLogLogger) {
    this.kafka = new Kafka({
      clientId,
      brokers: [...address.brokers],
      ...(address.ssl === null ? {} : { ssl: address.ssl }),
      ...(address.sasl === null ? {} : { sasl: { ...address.sasl } }),
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      enforceRequestTimeout: true,
      retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 },
      logLevel: KAFKAJS_LOG_LEVEL,
      logCreator: kafkaLogCreator(logger),
      socketFactory: (target) => this.openSocket(target),
    });
  }

  /**
   * Ends every socket and lets no further one be opened. What kafkajs still tries in the background, a send that was
   * given up or a consumer that hung, reaches no broker any more.
   */
  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy(new Error('the connection was given up'));
  }

  private openSocket({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
    if (this.isCut) throw new Error('the connection was given up');
    const target = { host, port };
    // kafkajs passes null where there is no TLS, whatever its types say.
    const socket: Socket = isTls(ssl)
      ? connectTls({ ...target, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
      : connect(target, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    return socket;
  }
}

function isTls(ssl: ISocketFactoryArgs['ssl'] | boolean | null | undefined): boolean {
  return ssl !== null && ssl !== undefined && ssl !== false;
}

function sslOf(environment: EventLogEnvironment): KafkaAddress['ssl'] {
  const { KAFKA_SSL, KAFKA_SSL_CA: ca, KAFKA_SSL_CERT: cert, KAFKA_SSL_KEY: key } = environment;
  if ((cert === undefined) !== (key === undefined)) {
    const [missing, present] = cert === undefined ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
    throw new ConfigurationError(
      `KAFKA_SSL_${missing} is required with KAFKA_SSL_${present}: set both, or leave both out.`,
    );
  }
  const hasPart = ca !== undefined || cert !== undefined;
  if (KAFKA_SSL === false && hasPart) {
    throw new ConfigurationError('KAFKA_SSL is false although a certificate is set: set it to true, or leave it out.');
  }
  if (KAFKA_SSL !== true && !hasPart) return null;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function saslOf(environment: EventLogEnvironment): SASLOptions | null {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = environment;
  if (mechanism === undefined && username === undefined && password === undefined) return null;
  if (mechanism === undefined) throw missingForSignIn('KAFKA_SASL_MECHANISM');
  if (username === undefined) throw missingForSignIn('KAFKA_SASL_USERNAME');
  if (password === undefined) throw missingForSignIn('KAFKA_SASL_PASSWORD');
  return { mechanism, username, password };
}

function missingForSignIn(name: string): ConfigurationError {
  return new ConfigurationError(
    `${name} is required to sign in to Kafka: set KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD together.`,
  );
}
