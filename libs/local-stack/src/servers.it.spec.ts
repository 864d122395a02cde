import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { processLife } from '@apilink/postgres';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ask } from './ask.js';
import { dockerAnswers } from './docker.js';
import { startKafka } from './kafka-server.js';
import { startRedis, type RunningRedis } from './redis-server.js';
import { startPostgres } from './postgres-server.js';
import { recordedProcess } from './process-record.js';

const LIBRARY = fileURLToPath(new URL('./index.js', import.meta.url));

async function command(redis: RunningRedis, text: string): Promise<string> {
  return (await ask(redis.port, Buffer.from(`${text}\r\n`)))?.toString() ?? '';
}

describe('servers of this machine', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'apilink-servers-'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('Redis keeps what it acknowledged over a kill, on the same port', async () => {
    const redis = await startRedis({ folder: join(folder, 'redis') });
    const { pid } = redis;
    expect(await command(redis, 'SET money 5')).toBe('+OK\r\n');
    expect(await command(redis, 'CONFIG GET maxmemory-policy')).toContain('noeviction');
    await redis.kill();
    expect(await command(redis, 'PING')).toBe('');
    await redis.restart();
    expect(redis.pid).not.toBe(pid);
    expect(await command(redis, 'GET money')).toBe('$1\r\n5\r\n');
    await redis.stop();
  });

  it('Redis without durability is there for tests of its refusal', async () => {
    const redis = await startRedis({ folder: join(folder, 'unsafe'), unsafe: true });
    expect(await command(redis, 'CONFIG GET appendonly')).toContain('no');
    await redis.kill();
  });

  it('tells of an end that nobody asked for, with the last lines of the log', async () => {
    const told = await new Promise<string>((resolve) => {
      void startRedis({ folder: join(folder, 'lost'), onUnexpectedExit: resolve }).then(({ pid }) => process.kill(pid));
    });
    expect(told).toMatch(/Redis is now ready to exit/);
  });

  it('says in one sentence why a server cannot start', async () => {
    const nowhere = startRedis({ folder: join(folder, 'nowhere'), settings: { bind: '192.0.2.1' } });
    await expect(nowhere).rejects.toThrow(/^Redis did not start: .*192\.0\.2\.1/);
  });

  it('takes no other server on its port for its own', async () => {
    const redis = await startRedis({ folder: join(folder, 'first') });
    const second = startRedis({ folder: join(folder, 'second'), port: redis.port });
    await expect(second).rejects.toThrow('Redis did not start: another one answers on its port');
    await redis.kill();
  });

  it('Kafka answers again after a kill, on the same port', async () => {
    const kafka = await startKafka({ folder: join(folder, 'kafka') });
    const { pid, brokers } = kafka;
    await kafka.kill();
    await kafka.restart();
    expect(kafka.pid).not.toBe(pid);
    expect(kafka.brokers).toBe(brokers);
    await kafka.stop();
  }, 240_000);

  it('Postgres keeps its port over a kill', async () => {
    const postgres = await startPostgres({ folder: join(folder, 'postgres') });
    const { superuserUrl, pid } = postgres;
    await postgres.kill();
    await postgres.restart();
    expect(postgres.superuserUrl).toBe(superuserUrl);
    expect(postgres.pid).not.toBe(pid);
    await postgres.stop();
  });

  it('the next start on a folder ends a server whose parent was killed', async () => {
    const leftover = join(folder, 'leftover');
    const parent = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `
      import { startRedis } from ${JSON.stringify(LIBRARY)};
      const redis = await startRedis({ folder: ${JSON.stringify(leftover)} });
      console.log(redis.pid);
      setInterval(() => undefined, 1000);
    `,
    ]);
    await once(createInterface(parent.stdout), 'line');
    parent.kill('SIGKILL');
    await once(parent, 'close');
    const left = recordedProcess(join(leftover, 'server.json'));
    expect(left).not.toBeNull();
    const redis = await startRedis({ folder: leftover });
    expect(redis.pid).not.toBe(left?.pid);
    expect(processLife(left?.pid ?? 0)).not.toBe(left?.life);
    await redis.kill();
  });

  it('a server of a test run goes with the run, also when that is killed', async () => {
    const run = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `
      import { testRedis } from ${JSON.stringify(LIBRARY)};
      console.log((await testRedis()).url);
      setInterval(() => undefined, 1000);
    `,
      ],
      { env: { PATH: process.env['PATH'], HOME: process.env['HOME'] } },
    );
    const [url] = await once(createInterface(run.stdout), 'line');
    const port = Number(new URL(String(url)).port);
    expect(await ask(port, Buffer.from('PING\r\n'))).not.toBeNull();
    const ofRun = join(tmpdir(), `apilink-test-redis-${run.pid ?? 0}`);
    expect(existsSync(ofRun)).toBe(true);
    run.kill('SIGKILL');
    while (existsSync(ofRun)) await new Promise(setImmediate);
    expect(await ask(port, Buffer.from('PING\r\n'))).toBeNull();
  });

  it('a Docker without an engine is seen at once', async () => {
    const startedAt = Date.now();
    expect(typeof (await dockerAnswers())).toBe('boolean');
    expect(Date.now() - startedAt).toBeLessThan(3500);
  });
});
