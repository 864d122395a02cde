import { ConfigurationError } from '@apilink/service';

import { DeadlineError } from './deadline.js';
import type { EventLogEnvironment } from './event-log-variables.js';

const UNKNOWN_AUTHORITY = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
]);

/** No waiting gives a topic another number of partitions. */
export class OtherPartitionsError extends ConfigurationError {}

/**
 * One sentence for the person who starts a service, or null for an error that no variable explains. Error classes of
 * kafkajs are no named exports of an ES module: an error is known by its name, type and code.
 */
export function explainKafkaError(error: unknown, environment: EventLogEnvironment): ConfigurationError | null {
  if (error instanceof ConfigurationError) return error;
  const causes = chain(error);
  const sentence =
    signInProblem(causes) ??
    tlsProblem(causes, environment) ??
    permissionProblem(causes) ??
    silence(causes, environment);
  return sentence === null ? null : new ConfigurationError(sentence, { cause: error });
}

/** True when trying again may help: nobody answered, or a broker that has just started and knows no topics yet. */
export function mayPass(error: unknown): boolean {
  const causes = chain(error);
  if (permissionProblem(causes) !== null || error instanceof OtherPartitionsError) return false;
  if (signInProblem(causes) !== null) return false;
  return !causes.some((cause) => codeOf(cause).startsWith('ERR_') || UNKNOWN_AUTHORITY.has(codeOf(cause)));
}

function signInProblem(causes: readonly Error[]): string | null {
  const refused = causes.find((cause) => cause.name === 'KafkaJSSASLAuthenticationError');
  const isUnknown = refused?.message.includes('mechanism is not supported') === true;
  if (isUnknown || causes.some((cause) => typeOf(cause) === 'UNSUPPORTED_SASL_MECHANISM')) {
    return 'KAFKA_SASL_MECHANISM names a mechanism that Kafka does not offer: choose one that the listener of KAFKA_BROKERS has enabled.';
  }
  if (refused === undefined) return null;
  return 'KAFKA_SASL_PASSWORD was refused by Kafka: correct it, or KAFKA_SASL_USERNAME, or KAFKA_SASL_MECHANISM.';
}

function tlsProblem(causes: readonly Error[], environment: EventLogEnvironment): string | null {
  const codes = causes.map(codeOf);
  if (codes.some((code) => UNKNOWN_AUTHORITY.has(code))) {
    return 'KAFKA_SSL_CA does not vouch for the certificate that Kafka shows: set it to the certificate of the authority that signed it.';
  }
  if (codes.includes('ERR_TLS_CERT_ALTNAME_INVALID')) {
    return 'KAFKA_BROKERS names a host for which Kafka shows no certificate: use a name that stands in its certificate.';
  }
  if (codes.some((code) => /ALERT|HANDSHAKE_FAILURE/.test(code))) {
    return 'KAFKA_SSL_CERT was refused or is missing although Kafka asks for a certificate: set it and KAFKA_SSL_KEY to ones it trusts.';
  }
  const isCutOff = causes.some(({ message }) => message.includes('before secure TLS connection'));
  if (isCutOff || codes.some((code) => code.startsWith('ERR_SSL_') || code === 'EPROTO')) {
    return `KAFKA_SSL is true but ${places(environment)} speaks no TLS: set it to false, or let KAFKA_BROKERS name the TLS listener.`;
  }
  return null;
}

function permissionProblem(causes: readonly Error[]): string | null {
  const denied = causes.map(typeOf).find((type) => type.endsWith('_AUTHORIZATION_FAILED'));
  if (denied !== undefined) {
    return `KAFKA_SASL_USERNAME names a user that may not do what is needed (${denied}): allow it in Kafka's ACLs.`;
  }
  if (causes.some((cause) => typeOf(cause) === 'INVALID_REPLICATION_FACTOR')) {
    return 'KAFKA_REPLICATION_FACTOR is larger than the number of brokers: lower it, or start more brokers.';
  }
  return null;
}

/** A listener that wants TLS or a sign-in closes the connection, or waits for what never comes, without a word. */
function silence(causes: readonly Error[], environment: EventLogEnvironment): string | null {
  const isAway = causes.some(
    (cause) => cause instanceof DeadlineError || /Connection|NoBroker|Timeout/.test(cause.name),
  );
  if (!isAway) return null;
  const isWordless = causes.some(({ name }) => /ConnectionClosed|RequestTimeout/.test(name));
  const wanted = [
    ...(environment.KAFKA_SSL_CA === undefined && environment.KAFKA_SSL !== true ? ['KAFKA_SSL'] : []),
    ...(environment.KAFKA_SASL_MECHANISM === undefined ? ['KAFKA_SASL_MECHANISM'] : []),
  ];
  const hint = isWordless && wanted.length > 0 ? `, or set ${wanted.join(' or ')} if the listener asks for that` : '';
  return `KAFKA_BROKERS names ${places(environment)}, where no Kafka answers: start it there, or correct the address${hint}.`;
}

function places(environment: EventLogEnvironment): string {
  return (environment.KAFKA_BROKERS ?? []).join(', ');
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function typeOf(error: Error): string {
  return 'type' in error && typeof error.type === 'string' ? error.type : '';
}

/** The error, what caused it, and the errors that kafkajs bundles. */
function chain(error: unknown): readonly Error[] {
  const causes: Error[] = [];
  const left: unknown[] = [error];
  while (left.length > 0 && causes.length < 50) {
    const next = left.pop();
    if (!(next instanceof Error) || causes.includes(next)) continue;
    causes.push(next);
    left.push(next.cause);
    if ('errors' in next && Array.isArray(next.errors)) left.push(...next.errors);
  }
  return causes;
}
