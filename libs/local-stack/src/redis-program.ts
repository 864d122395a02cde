import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';

import { cacheFolder } from './cache-folder.js';
import { findOnPath } from './find-on-path.js';
import { fetchOnce } from './maven.js';
import { runCommand } from './run-command.js';

/** Holds a Redis 6.2 for Linux and macOS, for x64 and arm64. */
const ARTIFACT = 'com.github.codemonstur:embedded-redis:1.4.3';
const JAR = 'embedded-redis-1.4.3.jar';
const IN_JAR: Readonly<Record<string, string>> = {
  'linux x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux arm64': 'redis-server-6.2.7-linux-arm64',
  'darwin x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin arm64': 'redis-server-6.2.6-v5-darwin-arm64',
};
const INSTALL_MS_MAX = 300_000;
const RUN_MS_MAX = 10_000;

type OnProgress = (step: string) => void;

/**
 * Path of a `redis-server`: that of the PATH, else one from a jar of Maven Central, else, as root in CI, one that the
 * package manager installs. Throws one sentence when nothing serves.
 */
export async function findRedisProgram(onProgress: OnProgress): Promise<string> {
  const installed = findOnPath('redis-server');
  if (installed !== null) return installed;
  try {
    return await fetchFromJar(onProgress);
  } catch (error) {
    const byPackageManager = await installInCi(onProgress);
    if (byPackageManager !== null) return byPackageManager;
    throw error;
  }
}

async function fetchFromJar(onProgress: OnProgress): Promise<string> {
  const name = IN_JAR[`${process.platform} ${process.arch}`];
  const otherwise = 'install redis-server, or set REDIS_URL';
  if (name === undefined) throw new Error(`there is no Redis for ${process.platform} ${process.arch}: ${otherwise}`);
  const folder = join(cacheFolder(), 'embedded-redis-1.4.3');
  const program = join(folder, name);
  if (!existsSync(program)) {
    onProgress('fetching Redis from Maven Central (14 MB, once)');
    await fetchOnce({
      what: 'Redis',
      folder,
      args: ['dependency:copy', `-Dartifact=${ARTIFACT}`],
      otherwise,
    });
    await unpack(folder, name);
  }
  const { code, output } = await runCommand(program, ['--version'], { timeoutMs: RUN_MS_MAX });
  if (code !== 0) throw new Error(`the Redis of ${ARTIFACT} does not run here (${output.trim()}): ${otherwise}`);
  return program;
}

/** `jar` comes with a JDK alone, `unzip` with most systems. */
async function unpack(folder: string, name: string): Promise<void> {
  const jar = join(folder, JAR);
  const tries = [
    { file: 'unzip', args: ['-o', '-q', jar, name] },
    { file: 'jar', args: ['xf', jar, name] },
  ];
  for (const { file, args } of tries) {
    const { code } = await runCommand(file, args, { timeoutMs: RUN_MS_MAX, folder });
    if (code === 0) {
      chmodSync(join(folder, name), 0o755);
      return;
    }
  }
  throw new Error('Redis could not be unpacked from its jar: install unzip or redis-server, or set REDIS_URL');
}

/** Null when this is not CI, not root, or no package manager that we know. */
async function installInCi(onProgress: OnProgress): Promise<string | null> {
  if (process.env['CI'] !== 'true' || process.getuid?.() !== 0 || findOnPath('apt-get') === null) return null;
  onProgress('installing redis-server by apt-get');
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  await runCommand('apt-get', ['update', '-q'], { timeoutMs: INSTALL_MS_MAX, environment });
  await runCommand('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'redis-server'], {
    timeoutMs: INSTALL_MS_MAX,
    environment,
  });
  return findOnPath('redis-server');
}
