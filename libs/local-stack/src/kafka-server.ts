import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ask } from './ask.js';
import { freePort } from './free-port.js';
import { findKafkaProgram, type KafkaProgram } from './kafka-program.js';
import type { LocalServer, LocalServerOptions } from './local-server.js';
import { runCommand } from './run-command.js';
import { ServerProcess } from './server-process.js';

const PROPERTIES = fileURLToPath(new URL('../kafka/server.properties', import.meta.url));
/** A machine with other work has taken a minute. */
const START_MS_MAX = 120_000;
const FORMAT_MS_MAX = 60_000;
/** Length 10; ApiVersions (18) version 0, correlation id 7, no client id (-1). */
const API_VERSIONS = '0000000a0012000000000007ffff';
/** One small broker: 170 MB in all; the first compiler alone halves the time of a start. */
const JAVA_FLAGS = [
  '-Xms128m',
  '-Xmx384m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:MaxDirectMemorySize=128m',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
];

export interface KafkaOptions extends LocalServerOptions {
  /** Names and passwords; given, clients have to sign in by SASL `plain`. */
  readonly users?: Readonly<Record<string, string>>;
  /** More of server.properties. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface RunningKafka extends LocalServer {
  /** `127.0.0.1:<port>` */
  readonly brokers: string;
}

/**
 * Starts a Kafka broker (KRaft, one node, no topics, none created by itself) on loopback. A first start on a folder takes
 * some 3 s, any other 2 s; the very first one of a user fetches Kafka's jars.
 */
export async function startKafka(options: KafkaOptions): Promise<RunningKafka> {
  const folder = resolve(options.folder);
  mkdirSync(folder, { recursive: true });
  const program = await findKafkaProgram(options.onProgress ?? (() => undefined));
  const port = options.port ?? (await freePort());
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, await propertiesOf(options, folder, port), { mode: 0o600 });
  await format(program, folder, properties);
  const server = new ServerProcess({
    name: 'Kafka',
    file: program.java,
    args: [...JAVA_FLAGS, 'kafka.Kafka', properties],
    environment: { PATH: process.env['PATH'], CLASSPATH: program.classPath },
    folder,
    answers: async () => answers(port),
    startMsMax: START_MS_MAX,
    onUnexpectedExit: options.onUnexpectedExit,
  });
  await server.start();
  return Object.assign(server, { brokers: `127.0.0.1:${port}`, port });
}

async function propertiesOf({ users, settings }: KafkaOptions, folder: string, port: number): Promise<string> {
  const filled: Readonly<Record<string, string>> = {
    PORT: String(port),
    INTERNAL_PORT: String(await freePort()),
    CONTROLLER_PORT: String(await freePort()),
    CLIENT_PROTOCOL: users === undefined ? 'PLAINTEXT' : 'SASL_PLAINTEXT',
    DATA_FOLDER: dataFolder(folder),
  };
  const template = readFileSync(PROPERTIES, 'utf8').replaceAll(/@([A-Z_]+)@/g, (_, name: string) => filled[name] ?? '');
  const more = Object.entries({ ...(users === undefined ? {} : signIn(users)), ...settings });
  return [template, ...more.map(([name, value]) => `${name}=${value}`), ''].join('\n');
}

function signIn(users: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
  return {
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.client.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${entries.join(' ')};`,
  };
}

function dataFolder(folder: string): string {
  return join(folder, 'data');
}

/** Gives a new data folder its cluster id. One that was interrupted is begun afresh: nothing has been stored yet. */
async function format({ java, classPath }: KafkaProgram, folder: string, properties: string): Promise<void> {
  const formatted = join(folder, 'formatted');
  if (existsSync(formatted)) return;
  rmSync(dataFolder(folder), { recursive: true, force: true });
  const clusterId = newClusterId();
  const { code, output } = await runCommand(
    java,
    [...JAVA_FLAGS, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties],
    { timeoutMs: FORMAT_MS_MAX, folder, environment: { CLASSPATH: classPath } },
  );
  if (code !== 0) throw new Error(`Kafka's data folder ${folder} could not be prepared: ${output.trim().slice(-500)}`);
  writeFileSync(formatted, `${clusterId}\n`);
}

/** A broker that still starts takes the question and does not answer it. */
async function answers(port: number): Promise<boolean> {
  const answer = await ask(port, Buffer.from(API_VERSIONS, 'hex'));
  return answer !== null && answer.length >= 8 && answer.readInt32BE(4) === 7;
}

/** A UUID as Kafka writes it. It must not begin with a dash: its own programs would take it for an option. */
export function newClusterId(bytes: Buffer = randomBytes(16)): string {
  const id = Buffer.from(bytes);
  id[0] = (id[0] ?? 0) & 0x7f;
  return id.toString('base64url');
}
