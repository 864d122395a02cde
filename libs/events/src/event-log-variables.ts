import { flagSchema } from '@apilink/service';
import { z } from 'zod';

const BROKER = /^(\[[0-9A-Fa-f:]+\]|[^\s:,]+):([1-9]\d{0,4})$/;
const pem = (what: string) =>
  z
    .string()
    .regex(/-----BEGIN [A-Z0-9 ]+-----/, `expected ${what} as PEM text; name a file by adding _FILE to the variable`);

/**
 * The variables that choose and reach the event log, to be spread into a service's schema:
 * `z.object({ ...eventLogVariables })`. Each is optional: without any, the log is the Postgres table.
 */
export const eventLogVariables = {
  EVENT_LOG: z
    .enum(['kafka', 'postgres'], 'expected kafka or postgres')
    .optional()
    .describe('Which event log: kafka or postgres; default: kafka when KAFKA_BROKERS is set, else postgres'),
  KAFKA_BROKERS: z
    .string()
    .transform((text) => text.split(',').map((broker) => broker.trim()))
    .refine(
      (brokers) => brokers.every((broker) => Number(BROKER.exec(broker)?.[2] ?? 65_536) <= 65_535),
      'expected host:port, or several separated by commas',
    )
    .optional()
    .describe('Brokers of Kafka, as host:port, separated by commas'),
  KAFKA_SSL: flagSchema.optional().describe('true to speak TLS with Kafka; default: true when KAFKA_SSL_CA is set'),
  KAFKA_SSL_CA: pem('the certificate of the authority')
    .optional()
    .describe('Authority that signed the certificates of Kafka, as PEM'),
  KAFKA_SSL_CERT: pem('a certificate').optional().describe('Certificate shown to Kafka (mutual TLS), as PEM'),
  KAFKA_SSL_KEY: pem('a private key').optional().describe('Private key of KAFKA_SSL_CERT, as PEM'),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'expected plain, scram-sha-256 or scram-sha-512')
    .optional()
    .describe('How to sign in to Kafka: plain, scram-sha-256 or scram-sha-512; default: no sign-in'),
  KAFKA_SASL_USERNAME: z.string().min(1).max(255).optional().describe('Name to sign in to Kafka with'),
  KAFKA_SASL_PASSWORD: z.string().min(1).max(1_000).optional().describe('Password to sign in to Kafka with'),
} as const;

const schema = z.object(eventLogVariables);

/** What `eventLogVariables` give; every service's environment that spreads them is one. */
export type EventLogEnvironment = z.output<typeof schema>;

export type EventLogKind = 'kafka' | 'postgres';

/** Which event log an environment asks for; a service asks for a database only when it is `postgres`. */
export function eventLogKind(environment: EventLogEnvironment): EventLogKind {
  return environment.EVENT_LOG ?? (environment.KAFKA_BROKERS === undefined ? 'postgres' : 'kafka');
}
