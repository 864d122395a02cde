import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from '@apilink/service';
import { logLevel } from 'kafkajs';
import { z } from 'zod';

import { eventLogKind, eventLogVariables } from './event-log-variables.js';
import { kafkaAddress } from './kafka-connection.js';
import { kafkaLogCreator } from './kafka-log.js';

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
const KEY = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----';
const read = (env: Record<string, string>) => readEnvironment(z.object(eventLogVariables), env);
const address = (env: Record<string, string>) => kafkaAddress(read({ KAFKA_BROKERS: 'a:9092', ...env }));

describe('the variables of the event log', () => {
  it('mean the table in Postgres unless they name a Kafka', () => {
    expect(eventLogKind(read({}))).toBe('postgres');
    expect(eventLogKind(read({ KAFKA_BROKERS: 'a:9092' }))).toBe('kafka');
    expect(eventLogKind(read({ KAFKA_BROKERS: 'a:9092', EVENT_LOG: 'postgres' }))).toBe('postgres');
    expect(() => kafkaAddress(read({ EVENT_LOG: 'kafka' }))).toThrow(/^KAFKA_BROKERS is required/);
  });

  it('take several brokers, names and addresses alike', () => {
    expect(read({ KAFKA_BROKERS: 'kafka-0.kafka:9092, 10.0.0.1:9093,[::1]:9094' }).KAFKA_BROKERS).toEqual([
      'kafka-0.kafka:9092',
      '10.0.0.1:9093',
      '[::1]:9094',
    ]);
  });

  it.each(['kafka', 'kafka:', 'kafka:0', 'kafka:70000', 'kafka://a:9092', 'a:9092,', ' '])(
    'refuse %j as a broker',
    (text) => {
      expect(() => read({ KAFKA_BROKERS: text })).toThrow(/^KAFKA_BROKERS has a wrong value: expected host:port/);
    },
  );

  it('speak TLS when they say so, or when they have a certificate', () => {
    expect(address({}).ssl).toBeNull();
    expect(address({ KAFKA_SSL: 'true' }).ssl).toEqual({});
    expect(address({ KAFKA_SSL_CA: CERTIFICATE }).ssl).toEqual({ ca: CERTIFICATE });
    expect(address({ KAFKA_SSL_CERT: CERTIFICATE, KAFKA_SSL_KEY: KEY }).ssl).toEqual({ cert: CERTIFICATE, key: KEY });
  });

  it.each([
    [{ KAFKA_SSL_CERT: CERTIFICATE }, /^KAFKA_SSL_KEY is required with KAFKA_SSL_CERT/],
    [{ KAFKA_SSL_KEY: KEY }, /^KAFKA_SSL_CERT is required with KAFKA_SSL_KEY/],
    [{ KAFKA_SSL: 'false', KAFKA_SSL_CA: CERTIFICATE }, /^KAFKA_SSL is false although/],
    [{ KAFKA_SSL_CA: '/etc/ca.pem' }, /^KAFKA_SSL_CA has a wrong value: .*PEM/],
    [{ KAFKA_SASL_USERNAME: 'a', KAFKA_SASL_PASSWORD: 'b' }, /^KAFKA_SASL_MECHANISM is required/],
    [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'b' }, /^KAFKA_SASL_USERNAME is required/],
    [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'a' }, /^KAFKA_SASL_PASSWORD is required/],
    [{ KAFKA_SASL_MECHANISM: 'gssapi' }, /^KAFKA_SASL_MECHANISM has a wrong value/],
  ])('are refused in one sentence when one of them lacks or contradicts another (%#)', (env, sentence) => {
    expect(() => address(env)).toThrow(sentence);
  });
});

describe('what kafkajs logs', () => {
  it('is for debugging, but for what changes what is read', () => {
    const told: [string, string][] = [];
    const note = (level: string) => (_facts: object, message: string) => told.push([level, message]);
    const log = kafkaLogCreator({ debug: note('debug'), warn: note('warn'), error: note('error') })();
    const entry = (message: string) =>
      log({ namespace: 'Consumer', level: logLevel.ERROR, label: 'ERROR', log: { timestamp: '', message } });
    entry('Response GroupCoordinator(key: 10, version: 2)');
    entry('Connection error: connect ECONNREFUSED');
    entry('Offset out of range, resetting to default offset');
    expect(told.map(([level]) => level)).toEqual(['debug', 'debug', 'warn']);
  });
});
