import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { cacheFolder } from './cache-folder.js';
import { findOnPath } from './find-on-path.js';
import { fetchOnce } from './maven.js';
import { runCommand } from './run-command.js';

const POM = fileURLToPath(new URL('../kafka/pom.xml', import.meta.url));
const OLDEST_JAVA = 17;
const VERSION_MS_MAX = 10_000;
const OTHERWISE = 'set KAFKA_BROKERS to a Kafka of your own';

export interface KafkaProgram {
  readonly java: string;
  /** `…/*`: Java itself puts every jar of the folder on its class path. */
  readonly classPath: string;
}

/** Java of the PATH and Kafka's jars, which are fetched once per user. Throws one sentence when one of them is missing. */
export async function findKafkaProgram(onProgress: (step: string) => void): Promise<KafkaProgram> {
  const java = await findJava();
  const stamp = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `kafka-${stamp}`);
  if (!existsSync(folder)) onProgress('fetching Kafka from Maven Central (44 MB, once)');
  await fetchOnce({
    what: 'Kafka',
    folder,
    args: ['-f', POM, 'dependency:copy-dependencies', '-DincludeScope=runtime'],
    otherwise: OTHERWISE,
  });
  return { java, classPath: join(folder, '*') };
}

/** On macOS there is a `java` that only says where to get one: so it is asked. */
async function findJava(): Promise<string> {
  const java = findOnPath('java');
  const said = java === null ? '' : (await runCommand(java, ['-version'], { timeoutMs: VERSION_MS_MAX })).output;
  const version = Number(/version "(\d+)/.exec(said)?.[1] ?? 0);
  if (java !== null && version >= OLDEST_JAVA) return java;
  const found = version === 0 ? 'there is none on the PATH' : `this is Java ${version}`;
  throw new Error(`a local Kafka needs Java ${OLDEST_JAVA} or newer, and ${found}: install a JDK, or ${OTHERWISE}`);
}
