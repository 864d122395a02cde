import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startKafka, type RunningKafka } from '@apilink/local-stack';

import { createTopics } from './create-topics.js';
import { EventRecorder, event, Gate } from './event-log.contract-recorder.js';
import type { EventLog } from './event-log.js';
import type { EventLogEnvironment } from './event-log-variables.js';
import { openEventLog, type OpenEventLogOptions } from './open-event-log.js';
import { layoutsOf } from './topic-layout.js';

const STREAM = 'open.stream.v1';
const layout = (name: string, partitions: number) =>
  layoutsOf([{ name, key: 'any', partitions, cleanup: { policy: 'delete', retentionDays: 1 }, events: {} }]);
const topics = layout(STREAM, 4);
const silent = { warn: () => undefined, error: () => undefined };

describe('opening the event log on Kafka', () => {
  let folder: string;
  let kafka: RunningKafka;
  let tlsBroker: string;
  let opened: EventLog[] = [];
  let right: EventLogEnvironment;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'apilink-kafka-open-'));
    createCertificates(folder);
    const [port, tls, internal, controller] = [await freePort(), await freePort(), await freePort(), await freePort()];
    tlsBroker = `localhost:${tls}`;
    kafka = await startKafka({
      folder: join(folder, 'kafka'),
      port,
      users: { alice: 'the-password' },
      settings: {
        'controller.quorum.voters': `1@127.0.0.1:${controller}`,
        listeners: `CLIENT://127.0.0.1:${port},TLS://127.0.0.1:${tls},INTERNAL://127.0.0.1:${internal},CONTROLLER://127.0.0.1:${controller}`,
        'advertised.listeners': `CLIENT://127.0.0.1:${port},TLS://${tlsBroker},INTERNAL://127.0.0.1:${internal}`,
        'listener.security.protocol.map': 'CLIENT:SASL_PLAINTEXT,TLS:SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
        'listener.name.tls.ssl.keystore.type': 'PEM',
        'listener.name.tls.ssl.keystore.location': join(folder, 'server.pem'),
        'listener.name.tls.ssl.truststore.type': 'PEM',
        'listener.name.tls.ssl.truststore.location': join(folder, 'ca.pem'),
        'listener.name.tls.ssl.client.auth': 'required',
      },
    });
    right = signIn('the-password');
    await createTopics({ environment: right, replicationFactor: 1, topics });
  });
  afterEach(async () => {
    await Promise.all(opened.map((log) => log.close()));
    opened = [];
  });
  afterAll(async () => {
    await kafka.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const signIn = (password: string): EventLogEnvironment => ({
    KAFKA_BROKERS: [kafka.brokers],
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_SASL_USERNAME: 'alice',
    KAFKA_SASL_PASSWORD: password,
  });
  const pem = (name: string) => readFileSync(join(folder, name), 'utf8');
  const overTls = (): EventLogEnvironment => ({
    KAFKA_BROKERS: [tlsBroker],
    KAFKA_SSL: true,
    KAFKA_SSL_CA: pem('ca.pem'),
    KAFKA_SSL_CERT: pem('client.crt'),
    KAFKA_SSL_KEY: pem('client.key'),
  });

  async function open(environment: EventLogEnvironment, more: Partial<OpenEventLogOptions> = {}): Promise<EventLog> {
    const log = await openEventLog({
      environment,
      clientId: 'spec',
      logger: silent,
      database: () => Promise.reject(new Error('no database is asked for')),
      topics,
      ...more,
    });
    opened.push(log);
    return log;
  }

  /** The sentence with which opening ends, within the time that a start may take. */
  async function problem(environment: EventLogEnvironment, more?: Partial<OpenEventLogOptions>): Promise<string> {
    const begunAt = performance.now();
    const error: unknown = await open(environment, more).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(performance.now() - begunAt).toBeLessThan(12_000);
    expect(error).toMatchObject({ name: 'ConfigurationError' });
    return error instanceof Error ? error.message : '';
  }

  it('works with the right password, and with certificates of both sides', async () => {
    const recorder = new EventRecorder();
    const plain = await open(right);
    await plain.publish([event({ topic: STREAM, id: 'signed in' })]);
    const encrypted = await open(overTls());
    await encrypted.publish([event({ topic: STREAM, id: 'by TLS' })]);
    await encrypted.subscribe({ group: 'g', topics: [STREAM], batchMax: 10 }, recorder.handle);
    await recorder.count(2);
    expect(recorder.ids()).toEqual(['by TLS', 'signed in']);
  });

  it('names KAFKA_BROKERS where nobody answers', async () => {
    const port = await freePort();
    expect(await problem({ KAFKA_BROKERS: [`127.0.0.1:${port}`] })).toBe(
      `KAFKA_BROKERS names 127.0.0.1:${port}, where no Kafka answers: start it there, or correct the address.`,
    );
  });

  it('names the password, the mechanism, or the sign-in that lacks', async () => {
    expect(await problem(signIn('wrong'))).toMatch(/^KAFKA_SASL_PASSWORD was refused/);
    expect(await problem({ ...right, KAFKA_SASL_MECHANISM: 'scram-sha-256' })).toMatch(/^KAFKA_SASL_MECHANISM names/);
    expect(await problem({ KAFKA_BROKERS: [kafka.brokers] })).toMatch(/KAFKA_SASL_MECHANISM if the listener asks/);
  });

  it('names the part of TLS that is wrong', async () => {
    expect(await problem({ ...right, KAFKA_SSL: true })).toMatch(/^KAFKA_SSL is true but .* speaks no TLS/);
    expect(await problem({ KAFKA_BROKERS: [tlsBroker], KAFKA_SSL: true })).toMatch(/^KAFKA_SSL_CA does not vouch/);
    const anonymous = { KAFKA_BROKERS: [tlsBroker], KAFKA_SSL_CA: pem('ca.pem') };
    expect(await problem(anonymous)).toMatch(/^KAFKA_SSL_CERT was refused or is missing/);
    expect(await problem({ KAFKA_BROKERS: [tlsBroker] })).toMatch(/set KAFKA_SSL or KAFKA_SASL_MECHANISM if/);
  });

  it('names a topic that is missing, or has another number of partitions', async () => {
    expect(await problem(right, { topics: layout('nobody.made.v1', 4) })).toMatch(
      /^The topic nobody\.made\.v1 does not exist on KAFKA_BROKERS: run the job create-topics/,
    );
    expect(await problem(right, { topics: layout(STREAM, 8) })).toMatch(
      /^The topic open\.stream\.v1 has 4 partitions on KAFKA_BROKERS and needs 8: /,
    );
    await expect(createTopics({ environment: right, replicationFactor: 1, topics: layout(STREAM, 8) })).rejects.toThrow(
      'has 4 partitions on KAFKA_BROKERS and needs 8',
    );
    await expect(
      createTopics({ environment: right, replicationFactor: 3, topics: layout('copied.v1', 1) }),
    ).rejects.toThrow('KAFKA_REPLICATION_FACTOR is larger than the number of brokers');
  });

  it('creates what is missing and leaves alone what is there', async () => {
    const told: string[] = [];
    const onCreated = (topic: string) => told.push(topic);
    const all = [...topics, ...layout('later.v1', 2)];
    const job = { environment: right, replicationFactor: 1, topics: all, onCreated };
    expect(await createTopics(job)).toEqual(['later.v1', 'later.v1.dlq']);
    expect(await createTopics(job)).toEqual([]);
    expect(told).toEqual(['later.v1', 'later.v1.dlq']);
  });

  it('is open at once when it is patient, tells what is wrong, and works when Kafka has come', async () => {
    const told: string[] = [];
    const hasTold = new Gate();
    const recorder = new EventRecorder();
    await kafka.kill();
    const log = await open(right, {
      patient: true,
      logger: {
        warn: () => undefined,
        error: (_facts, message) => {
          told.push(message);
          hasTold.open();
        },
      },
    });
    await expect(log.publish([event({ topic: STREAM })])).rejects.toThrow('Kafka is away');
    await hasTold.opened;
    expect(told[0]).toMatch(/^KAFKA_BROKERS names 127\.0\.0\.1:\d+, where no Kafka answers/);
    await kafka.restart();
    await log.subscribe({ group: 'late', topics: [STREAM], batchMax: 10 }, recorder.handle);
    await recorder.count(1);
    expect(recorder.events.length).toBeGreaterThan(0);
  });

  it('asks for the database when the log is the table in Postgres', async () => {
    await expect(open({})).rejects.toThrow('no database is asked for');
    await expect(open({ ...right, EVENT_LOG: 'postgres' })).rejects.toThrow('no database is asked for');
  });
});

/** An authority, and certificates that it signed for `localhost` (with its key, as Kafka wants it) and for a client. */
function createCertificates(folder: string): void {
  const openssl = (...args: readonly string[]) => execFileSync('openssl', [...args], { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'rsa:2048', '-nodes'];
  const authority = ['-subj', '/CN=spec authority', '-keyout', 'ca.key', '-out', 'ca.pem'];
  openssl('req', '-x509', ...newKey, '-days', '2', ...authority);
  for (const [name, subject] of [
    ['server', '/CN=localhost'],
    ['client', '/CN=edge'],
  ] as const) {
    const extension = ['-addext', 'subjectAltName=DNS:localhost'];
    openssl('req', ...newKey, '-subj', subject, ...extension, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-copy_extensions', 'copy', '-days', '2'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`);
  }
  execFileSync('sh', ['-c', 'cat server.key server.crt ca.pem > server.pem'], { cwd: folder });
}
