import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { topics, type EndpointState } from '@apilink/contracts';
import { encodeEvent, encodeTombstone, eventLogMigrations, PostgresEventLog } from '@apilink/events';
import { migrate, type PostgresDatabase } from '@apilink/postgres';
import { createLogger, listen, uuidV7, type ServiceApplication } from '@apilink/service';
import { createTestDatabase, ManualClock, TcpProxy, type TestDatabase } from '@apilink/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createStatusApplication } from './application.js';

const ENDPOINT = 'alpha/acme/echo-1';

interface Running {
  readonly application: ServiceApplication;
  readonly base: string;
}

describe('the status service', () => {
  const logger = createLogger({ name: 'status', level: 'silent' });
  let test: TestDatabase;
  let log: PostgresEventLog;
  let owner: PostgresDatabase;
  let proxy: TcpProxy;
  let clock: ManualClock;
  let folder: string;
  let running: Running[];

  beforeEach(async () => {
    test = await createTestDatabase();
    await migrate({ url: test.urlFor('event_log_owner'), schema: 'event_log', migrations: eventLogMigrations });
    log = new PostgresEventLog(await test.database('router_app'), { logger });
    owner = await test.database('status_owner');
    proxy = await TcpProxy.before(test.urlFor('status_app'));
    clock = new ManualClock();
    folder = mkdtempSync(join(tmpdir(), 'status-'));
    running = [];
  });

  afterEach(async () => {
    for (const one of running) await stop(one);
    await proxy.close();
    await log.close();
    await test.drop();
    rmSync(folder, { recursive: true });
  });

  async function start(env: Readonly<Record<string, string>> = {}): Promise<Running> {
    const application = await createStatusApplication({
      env: {
        DATABASE_URL: proxy.through(test.urlFor('status_app')),
        DATABASE_OWNER_URL: proxy.through(test.urlFor('status_owner')),
        APILINK_DATA_DIR: folder,
        ...env,
      },
      logger,
      clock: clock.now,
    });
    const { port } = await listen(application.server, { host: '127.0.0.1', port: 0 }, 'PORT');
    await application.start();
    const one = { application, base: `http://127.0.0.1:${port}` };
    running.push(one);
    return one;
  }

  async function stop(one: Running): Promise<void> {
    running = running.filter((other) => other !== one);
    await one.application.drain(5_000);
    await one.application.close();
  }

  async function say(circuit: EndpointState['circuit'], endpointId = ENDPOINT): Promise<void> {
    const figures = {
      firstTokenMs: { p50: 212, p95: 300, p99: 400 },
      outputTokensPerSecond: 50,
      uptime5m: 1,
      uptime30m: 1,
    };
    const body: EndpointState = { endpointId, circuit, reason: null, since: clock.now(), ...figures };
    const envelope = { key: endpointId, id: uuidV7(), source: 'router', time: clock.now() };
    await log.publish([encodeEvent(topics.healthState, { ...envelope, type: 'endpoint.state', body })]);
  }

  const textOf = async ({ base }: Running, path: string): Promise<string> => (await fetch(`${base}${path}`)).text();

  async function until(one: Running, path: string, part: string): Promise<string> {
    for (;;) {
      const text = await textOf(one, path);
      if (text.includes(part)) return text;
    }
  }

  const history = async (): Promise<readonly string[]> => {
    const rows = await owner.query<{ status: string }>('SELECT status FROM component_changes ORDER BY changed_at');
    return rows.map(({ status }) => status);
  };

  async function recorded(count: number): Promise<readonly string[]> {
    for (;;) {
      const rows = await history();
      if (rows.length >= count) return rows;
    }
  }

  it('follows what the router says, in JSON for programs and as a page for people', async () => {
    const status = await start();
    expect(await textOf(status, '/status')).toContain('No model has been called yet');
    await say('closed');
    const summary = await until(status, '/api/v2/summary.json', '"indicator":"none"');
    expect(JSON.parse(summary)).toMatchObject({
      page: { name: 'ApiLink', stale_since: null },
      components: [
        { name: 'acme/echo-1', status: 'operational' },
        { name: 'alpha', status: 'operational' },
      ],
      incidents: [],
      scheduled_maintenances: [],
      status: { indicator: 'none', description: 'All Systems Operational' },
    });
    await say('open');
    await until(status, '/api/v2/status.json', '"indicator":"critical"');
    expect(await textOf(status, '/api/v2/components.json')).toContain('major_outage');
    expect(await textOf(status, '/status?lang=zh')).toContain('严重中断');
    expect(await status.application.metrics()).toContain(
      'apilink_status_components{status="outage",service="status"} 1',
    );
    const envelope = { key: ENDPOINT, id: uuidV7(), source: 'router', time: clock.now() };
    await log.publish([encodeTombstone(topics.healthState, { ...envelope, type: 'endpoint.state' })]);
    await until(status, '/status', 'not called in the last 30 min');
  });

  it('answers a known tag with 304, lets any site read the JSON, and runs no script', async () => {
    const status = await start();
    await say('closed');
    await until(status, '/api/v2/summary.json', '"indicator":"none"');
    await recorded(1);
    const first = await fetch(`${status.base}/api/v2/summary.json`);
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('access-control-allow-origin')).toBe('*');
    expect(first.headers.get('content-type')).toContain('application/json');
    clock.advance(5_000);
    const again = await fetch(`${status.base}/api/v2/summary.json`, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const page = await fetch(`${status.base}/status`);
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; img-src/,
    );
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect((await fetch(`${status.base}/status?lang=zh&lang=en`)).status).toBe(200);
  });

  it('renders while event log and database are away, says since when, and is fresh again afterwards', async () => {
    const status = await start();
    await say('closed');
    await until(status, '/status', 'All systems operational');
    proxy.refuse();
    clock.advance(3_600_000);
    const page = await textOf(status, '/status');
    expect(page).toContain('No news has reached this page since <time datetime="2026-11-22T08:00:00.000Z">');
    expect(page).toContain('Status unknown');
    expect(JSON.parse(await textOf(status, '/api/v2/status.json'))).toMatchObject({
      page: { stale_since: '2026-11-22T08:00:00.000Z' },
      status: { indicator: 'unknown' },
    });
    expect(await status.application.readiness()).toBeNull();
    proxy.open();
    await until(status, '/api/v2/status.json', '"stale_since":null');
    await say('closed');
    await until(status, '/status', 'All systems operational');
  });

  it('starts while everything is away, from the last board on disk', async () => {
    const before = await start();
    await say('closed');
    await until(before, '/status', 'All systems operational');
    await stop(before);
    clock.advance(600_000);
    const away = 'postgres://status_app:x@127.0.0.1:1/apilink';
    const after = await start({ DATABASE_URL: away, DATABASE_OWNER_URL: away });
    const page = await textOf(after, '/status');
    expect(page).toContain('No news has reached this page since <time datetime="2026-11-22T08:00:00.000Z">');
    expect(page).toContain('acme/echo-1');
    await stop(after);
    writeFileSync(join(folder, 'status-board.json'), '{"half a fi');
    const blank = await start({ DATABASE_URL: away, DATABASE_OWNER_URL: away });
    expect(await textOf(blank, '/status')).toContain('No model has been called yet');
  });

  it('writes each change into the history once, however many status services see it, and again after a restart', async () => {
    const [first, second] = [await start({ APILINK_DATA_DIR: join(folder, '1') }), await start()];
    await say('closed');
    for (const status of [first, second]) await until(status, '/status', 'All systems operational');
    await recorded(1);
    clock.advance(1_000);
    await say('open');
    for (const status of [first, second]) await until(status, '/status', 'Major outage');
    expect(await recorded(2)).toEqual(['operational', 'outage']);
    await stop(first);
    await stop(second);
    clock.advance(1_000);
    rmSync(join(folder, 'status-board.json'));
    const third = await start();
    const since = new Date(clock.now() - 1_000).toISOString();
    await until(third, '/status', `since <time datetime="${since}">`);
    expect(await history()).toEqual(['operational', 'outage']);
    const database = await test.database('status_app');
    await expect(database.query('DELETE FROM component_changes')).rejects.toThrow('permission denied');
  });

  it('names the variable of what an operator has to mend', async () => {
    const wrong = test.urlFor('status_app').replace(/:[^:@/]+@/, ':wrong@');
    await expect(start({ DATABASE_URL: wrong })).rejects.toThrow(/^DATABASE_URL .*status_app/);
    await expect(start({ STATUS_URL: 'status' })).rejects.toThrow(/^STATUS_URL /);
  });
});
