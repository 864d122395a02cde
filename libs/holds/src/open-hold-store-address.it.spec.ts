import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startRedis, type RunningRedis } from '@apilink/local-stack';
import { createLogger } from '@apilink/service';
import { z } from 'zod';

import { portOf, startFakeSentinel } from './contract/fake-sentinel.contract.js';
import { holdStoreVariables } from './hold-store-variables.js';
import type { GateStanding, OpenedHoldStore } from './hold-store.js';
import { HoldStoreUnavailable } from './hold-store-unavailable.js';
import { openHoldStore } from './open-hold-store.js';

const schema = z.object(holdStoreVariables);
const logger = createLogger({ name: 'test', level: 'silent' });
const database = () => Promise.reject(new Error('no database is asked for'));
const opened: OpenedHoldStore[] = [];
let folder: string;
let redis: RunningRedis;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'apilink-gate-'));
  redis = await startRedis({ folder: join(folder, 'primary') });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function open(variables: Record<string, string>): Promise<OpenedHoldStore> {
  const environment = schema.parse(variables);
  const store = await openHoldStore({ environment, clientName: 'apilink-test', logger, database });
  opened.push(store);
  return store;
}

async function standing(store: OpenedHoldStore): Promise<GateStanding> {
  if (store.epochs === null) throw new Error('this store has no epochs');
  return store.epochs.standing();
}

describe('Sentinels', () => {
  it('name the primary, and the next one after it has gone', async () => {
    const sentinel = await startFakeSentinel(redis.port);
    const first = await startRedis({ folder: join(folder, 'first') });
    sentinel.primary = first.port;
    const store = await open({ REDIS_SENTINELS: `127.0.0.1:${sentinel.port}`, REDIS_SENTINEL_NAME: 'gate' });
    const { runId } = await standing(store);
    expect(await store.epochs?.beginEpoch({ epoch: 1, runId, quietMs: 0, awaitsComparison: false })).toBe('begun');
    await first.kill();
    sentinel.primary = redis.port;
    let next: GateStanding | null = null;
    while (next === null) {
      next = await standing(store).catch((error: unknown) => {
        if (error instanceof HoldStoreUnavailable) return null;
        throw error;
      });
      await new Promise(setImmediate);
    }
    expect(next.runId).not.toBe(runId);
    expect(next.epoch).toBeNull();
    expect([...sentinel.asked]).toEqual(['gate']);
    await sentinel.close();
  });

  it('that do not answer are named', async () => {
    const port = await freePort();
    const variables = { REDIS_SENTINELS: `127.0.0.1:${port}`, REDIS_SENTINEL_NAME: 'gate' };
    await expect(open(variables)).rejects.toThrow(
      `REDIS_SENTINELS names 127.0.0.1:${port}, where none of them answers with the primary of REDIS_SENTINEL_NAME`,
    );
  });
});

describe('rediss://', () => {
  let server: Server;
  let url: string;
  let authority: string;

  beforeAll(async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject],
      {
        stdio: 'ignore',
      },
    );
    authority = readFileSync(cert, 'utf8');
    server = createServer({ key: readFileSync(key), cert: authority }, (socket) => {
      const upstream = connect(redis.port, '127.0.0.1');
      socket.pipe(upstream).pipe(socket);
      socket.on('error', () => upstream.destroy());
      upstream.on('error', () => socket.destroy());
    });
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `rediss://localhost:${portOf(server.address())}`;
  });
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

  it('speaks TLS with a server of the given authority', async () => {
    const store = await open({ REDIS_URL: url, REDIS_SSL_CA: authority });
    expect((await standing(store)).runId).toMatch(/^[\da-f]{40}$/);
  });

  it('refuses a certificate that nobody vouches for, and says what to set', async () => {
    await expect(open({ REDIS_URL: url })).rejects.toThrow(
      /^REDIS_URL names localhost:\d+, whose certificate is not accepted \(\w+\): set REDIS_SSL_CA to its authority\.$/,
    );
  });
});
