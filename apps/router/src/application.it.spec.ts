import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { builtInCatalog, DEMO_PROVIDER_ID } from '@apilink/catalog';
import { topics, type EndpointState, type ModelPublished } from '@apilink/contracts';
import { decodeEvent, encodeEvent, eventLogMigrations, PostgresEventLog, type LoggedEvent } from '@apilink/events';
import { migrate } from '@apilink/postgres';
import {
  AccessTokenSigner,
  createLogger,
  createSigningKey,
  listen,
  uuidV7,
  type ServiceApplication,
} from '@apilink/service';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';

import { createRouterApplication } from './application.js';

const yaml = (output: string, more = ''): string => `providers:
  - id: alpha
    baseUrl: http://127.0.0.1:9101/v1
    allowPrivateAddress: true
models:
  - id: acme/echo-1
    contextLength: 1000
    maxOutputTokens: 100
    endpoints:
      - provider: alpha
        price: { input: "0.50", output: "${output}" }
${more}`;

const second = `  - id: acme/echo-2
    contextLength: 1000
    maxOutputTokens: 100
    endpoints:
      - provider: alpha
        price: { input: "0.50", output: "1.50" }
`;

/** Everything that a compacted topic says, as an edge sees it. */
class Table {
  readonly events: LoggedEvent[] = [];
  readonly #waiting: { readonly met: () => boolean; readonly resolve: () => void }[] = [];

  readonly take = (event: LoggedEvent): void => {
    this.events.push(event);
    for (const { met, resolve } of this.#waiting) if (met()) resolve();
  };

  until(met: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      if (met()) resolve();
      else this.#waiting.push({ met, resolve });
    });
  }

  model(modelId: string): ModelPublished | 'removed' | null {
    const last = this.events.findLast(({ key }) => key === modelId);
    if (!last) return null;
    const decoded = decodeEvent(topics.routing, last);
    if (decoded.outcome === 'event') return decoded.body;
    return 'removed';
  }

  state(endpointId: string): EndpointState | null {
    const last = this.events.findLast(({ key }) => key === endpointId);
    const decoded = last ? decodeEvent(topics.healthState, last) : null;
    return decoded?.outcome === 'event' ? decoded.body : null;
  }
}

function outputRate(model: ModelPublished | 'removed' | null): bigint | undefined {
  return model === null || model === 'removed' ? undefined : model.endpoints[0]?.rateCard.rows[0]?.sell.output;
}

describe('the router', () => {
  const folder = mkdtempSync(join(tmpdir(), 'router-'));
  const file = join(folder, 'apilink.yaml');
  const logger = createLogger({ name: 'router', level: 'silent' });
  let test: TestDatabase;
  let log: PostgresEventLog;
  let routing: Table;
  let prices: Table;
  let states: Table;
  let jwks: Server;
  let signer: AccessTokenSigner;
  let env: Record<string, string>;
  let running: ServiceApplication[];

  beforeAll(async () => {
    signer = new AccessTokenSigner([await createSigningKey()]);
    jwks = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(signer.jwks()));
    });
    const { port } = await listen(jwks, { host: '127.0.0.1', port: 0 }, 'PORT');
    env = { APILINK_CONFIG: file, BILLING_URL: `http://127.0.0.1:${port}`, DEMO_PROVIDER_URL: 'http://127.0.0.1:1/v1' };
  });

  beforeEach(async () => {
    test = await createTestDatabase();
    await migrate({ url: test.urlFor('event_log_owner'), schema: 'event_log', migrations: eventLogMigrations });
    log = new PostgresEventLog(await test.database('edge_app'));
    [routing, prices, states] = [new Table(), new Table(), new Table()];
    await log.follow(topics.routing.name, routing.take);
    await log.follow(topics.prices.name, prices.take);
    await log.follow(topics.healthState.name, states.take);
    running = [];
    writeFileSync(file, yaml('1.50'));
  });

  afterEach(async () => {
    for (const application of running) {
      await application.drain(5_000);
      await application.close();
    }
    await log.close();
    await test.drop();
  });

  afterAll(async () => {
    jwks.closeAllConnections();
    await new Promise((resolve) => jwks.close(resolve));
    rmSync(folder, { recursive: true });
  });

  const start = async (): Promise<{ application: ServiceApplication; base: string }> => {
    const application = await createRouterApplication({
      env: { ...env, DATABASE_URL: test.urlFor('router_app'), DATABASE_OWNER_URL: test.urlFor('router_owner') },
      logger,
    });
    running.push(application);
    const { port } = await listen(application.server, { host: '127.0.0.1', port: 0 }, 'PORT');
    await application.start();
    return { application, base: `http://127.0.0.1:${port}` };
  };
  const configuration = async (base: string): Promise<unknown> => {
    const { accessToken } = await signer.sign({ subject: 'operator', accountId: null, roles: ['operator'] });
    const headers = { authorization: `Bearer ${accessToken}` };
    return (await fetch(`${base}/api/router/v1/configuration`, { headers })).json();
  };

  it('publishes every model with its price, and each price version for billing', async () => {
    const { application } = await start();
    await routing.until(() => routing.model('acme/echo-1') !== null && routing.model('demo/echo') !== null);
    const model = routing.model('acme/echo-1');
    expect(outputRate(model)).toBe(1_500_000_000n);
    const version = model === null || model === 'removed' ? '' : model.endpoints[0]?.rateCard.priceVersion;
    await prices.until(() => prices.events.some(({ key }) => key === version));
    expect(await application.readiness()).toBeNull();
    const demos = builtInCatalog().models.filter(({ offers }) =>
      offers.some(({ provider }) => provider === DEMO_PROVIDER_ID),
    );
    // Without any vendor's key the demo provider's models are in force, and the file's one.
    const count = demos.length + 1;
    expect(await application.metrics()).toContain(`apilink_catalog_models{service="router"} ${count}\n`);
  });

  it('has a changed price and a new model in force within two seconds, and removes a model with a tombstone', async () => {
    await start();
    await routing.until(() => routing.model('acme/echo-1') !== null);
    const began = performance.now();
    writeFileSync(`${file}.new`, yaml('3.00', second));
    renameSync(`${file}.new`, file);
    await routing.until(() => outputRate(routing.model('acme/echo-1')) === 3_000_000_000n);
    expect(performance.now() - began).toBeLessThan(2_000);
    await routing.until(() => routing.model('acme/echo-2') !== null);
    writeFileSync(file, yaml('3.00'));
    await routing.until(() => routing.model('acme/echo-2') === 'removed');
    const before = prices.events.length;
    writeFileSync(file, yaml('1.50'));
    await routing.until(() => outputRate(routing.model('acme/echo-1')) === 1_500_000_000n);
    expect(prices.events).toHaveLength(before);
  });

  it('keeps every price version for ever: a change is a new one, and nobody may alter or remove the old', async () => {
    await start();
    await routing.until(() => routing.model('acme/echo-1') !== null);
    writeFileSync(file, yaml('3.00'));
    await routing.until(() => outputRate(routing.model('acme/echo-1')) === 3_000_000_000n);
    const database = await test.database('router_app');
    const cards = await database.query<{ body: string }>(
      "SELECT body FROM router.rate_cards WHERE model_id = 'acme/echo-1' ORDER BY published_at",
    );
    expect(cards.map(({ body }) => /"output":"(\d+)"/.exec(body)?.[1])).toEqual(['1500000000', '3000000000']);
    await expect(database.query("UPDATE router.rate_cards SET body = '{}'")).rejects.toThrow('permission denied');
    await expect(database.query('DELETE FROM router.rate_cards')).rejects.toThrow('permission denied');
  });

  it('refuses a bad change, tells operators line and reason, and keeps the old catalog', async () => {
    const { base } = await start();
    await routing.until(() => routing.model('acme/echo-1') !== null);
    const published = routing.events.length;
    writeFileSync(file, yaml('1.50').replace('output: "1.50"', 'output: 1.50'));
    let seen: unknown = null;
    do seen = await configuration(base);
    while (JSON.stringify(seen).includes('"status":"ok"'));
    expect(seen).toMatchObject({ status: 'error', line: 11, problem: expect.stringContaining('apilink.yaml line 11') });
    expect(routing.events).toHaveLength(published);
    expect((await fetch(`${base}/api/router/v1/configuration`)).status).toBe(401);
    writeFileSync(file, yaml('2.00'));
    await routing.until(() => outputRate(routing.model('acme/echo-1')) === 2_000_000_000n);
  });

  it('says nothing again after a restart, and keeps the birthday of a model', async () => {
    await start();
    await routing.until(() => routing.model('acme/echo-1') !== null);
    const before = routing.model('acme/echo-1');
    await running[0]?.drain(5_000);
    await running[0]?.close();
    running = [];
    const published = routing.events.length;
    writeFileSync(file, yaml('1.75'));
    await start();
    await routing.until(() => outputRate(routing.model('acme/echo-1')) === 1_750_000_000n);
    expect(routing.events).toHaveLength(published + 1);
    const after = routing.model('acme/echo-1');
    expect([before, after].map((model) => (model === null || model === 'removed' ? null : model.created))).toEqual([
      expect.any(Number),
      before === null || before === 'removed' ? null : before.created,
    ]);
  });

  it('publishes each model and each price once, however many routers start at once', async () => {
    await Promise.all([start(), start()]);
    await routing.until(() => routing.model('acme/echo-1') !== null && routing.model('demo/echo') !== null);
    writeFileSync(file, yaml('3.00'));
    await routing.until(() => outputRate(routing.model('acme/echo-1')) === 3_000_000_000n);
    const [gone] = running.splice(0, 1);
    await gone?.drain(5_000);
    await gone?.close();
    writeFileSync(file, yaml('4.00'));
    await routing.until(() => outputRate(routing.model('acme/echo-1')) === 4_000_000_000n);
    expect(routing.events.filter(({ key }) => key === 'acme/echo-1')).toHaveLength(3);
    expect(routing.events.filter(({ key }) => key === 'demo/echo')).toHaveLength(1);
    expect(new Set(prices.events.map(({ key }) => key)).size).toBe(prices.events.length);
  });

  it('is ready once its catalog is published, and not while it drains', async () => {
    const { application } = await start();
    expect(await application.readiness()).toBeNull();
    await application.drain(5_000);
    expect(await application.readiness()).toBe('router is draining.');
  });

  it('does not start on a bad file: one sentence with line and path', async () => {
    writeFileSync(file, yaml('1.50').replace('provider: alpha\n', 'provider: beta\n'));
    await expect(start()).rejects.toThrow(
      'apilink.yaml line 10, models[0].endpoints[0].provider: no provider has the id beta.',
    );
    rmSync(file);
    await expect(start()).rejects.toThrow('which does not exist');
  });

  it('merges what edges report into a state that opens and is published', async () => {
    const { base } = await start();
    const time = Math.floor(Date.now() / 1000) * 1000;
    const attempts = {
      endpointId: 'alpha/acme/echo-1',
      edgeId: 'edge-1',
      second: time,
      counts: { server_error: 6 },
      firstTokenMs: [],
      outputTokens: 0,
      outputMs: 0,
    };
    const envelope = { key: attempts.endpointId, id: uuidV7(), source: 'edge-proxy', time };
    await log.publish([encodeEvent(topics.health, { ...envelope, type: 'endpoint.attempts', body: attempts })]);
    await states.until(() => states.state(attempts.endpointId)?.circuit === 'open');
    const models = await (await fetch(`${base}/api/router/v1/models`)).text();
    expect(models).toContain('"circuit":"open"');
    expect(models).not.toMatch(/"cost"|credentials/);
  });
});
