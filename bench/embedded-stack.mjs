import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventLogMigrations } from '@apilink/events';
import { gateMigrations, PostgresHoldStore } from '@apilink/holds';
import { freePort } from '@apilink/local-stack';
import {
  connectDatabase,
  generateRolePasswords,
  migrate,
  prepareRoles,
  startEmbeddedPostgres,
} from '@apilink/postgres';

import { Bystanders, nodeFlags, unreachableLimits } from './bystanders.mjs';
import { createCustomer } from './customer.mjs';

const root = join(import.meta.dirname, '..');

/** Gate and event log on an embedded Postgres, as in `npm start`: Postgres, billing, the router, the edge. */
export class EmbeddedStack {
  topology = 'embedded';
  #children;
  #bystanders;
  #folder = mkdtempSync(join(tmpdir(), 'apilink-bench-'));
  #postgres = null;
  #environments = null;
  #extraEdgeFlags;
  edge = null;
  lane = null;
  billing = null;
  router = null;
  customer = null;
  #gateUrl = null;

  constructor(programs, children, extraEdgeFlags = []) {
    this.#bystanders = new Bystanders(programs, children, this.#folder);
    this.#children = children;
    this.#extraEdgeFlags = extraEdgeFlags;
    // The database server may run as another user, which has to reach its folder.
    chmodSync(this.#folder, 0o711);
  }

  get base() {
    return this.#bystanders.base;
  }

  /** Processes whose part of a request is told. Those of Postgres' backends are children of its server. */
  get pids() {
    return { Postgres: this.#postgres.pid, billing: this.billing.pid, router: this.router.pid };
  }

  /** The gate alone: a store as the edge has it, and the process that does its work. */
  async openGate() {
    const database = await connectDatabase({ url: this.#gateUrl, applicationName: 'bench', schema: 'gate' });
    const store = new PostgresHoldStore(database);
    const close = async () => {
      await store.close();
      await database.close();
    };
    return { name: 'Postgres', store, concurrency: 64, pid: this.#postgres.pid, close };
  }

  async start(onStep) {
    onStep('Starting the mock upstream');
    await this.#bystanders.startUpstream();
    onStep('Starting Postgres');
    const urls = await this.#startPostgres();
    this.#gateUrl = urls.edge_app;
    this.#environments = await this.#environmentsOf(urls);
    for (const service of ['billing', 'router']) {
      onStep(`Starting ${service}`);
      this[service] = await this.#startService(service);
    }
    this.customer = await createCustomer(`http://${this.billing.address}`, this.#environments.billing.OPERATOR_TOKEN);
    onStep('Starting the base and the edge');
    await this.restartMeasured();
  }

  /** Base and edge as new processes: memory is only comparable when nothing has run before. */
  async restartMeasured() {
    for (const target of [this.edge, this.lane]) if (target !== null) await this.#children.stop(target.pid);
    await this.#bystanders.restartBase();
    this.edge = await this.#startService('edge-proxy', this.#extraEdgeFlags);
    this.lane = await this.#startLane();
  }

  async stop() {
    await this.#children.stopAll();
    await this.#postgres?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #startPostgres() {
    this.#postgres = await startEmbeddedPostgres({ dataDir: join(this.#folder, 'postgres') });
    const passwords = generateRolePasswords();
    const urls = await prepareRoles({ superuserUrl: this.#postgres.superuserUrl, passwords });
    await migrate({ url: urls.event_log_owner, schema: 'event_log', migrations: eventLogMigrations });
    await migrate({ url: urls.gate_owner, schema: 'gate', migrations: gateMigrations });
    return urls;
  }

  async #environmentsOf(urls) {
    const billingPort = String(await freePort());
    const service = {
      HOST: '127.0.0.1',
      PORT: '0',
      SERVICE_TOKENS: randomBytes(32).toString('base64url'),
      BILLING_URL: `http://127.0.0.1:${billingPort}`,
      ...unreachableLimits,
    };
    return {
      billing: {
        ...service,
        PORT: billingPort,
        ADMIN_PORT: '0',
        DATABASE_URL: urls.billing_app,
        DATABASE_OWNER_URL: urls.billing_owner,
        OPERATOR_TOKEN: randomBytes(32).toString('base64url'),
      },
      router: {
        ...service,
        DATABASE_URL: urls.router_app,
        DATABASE_OWNER_URL: urls.router_owner,
        APILINK_CONFIG: this.#bystanders.configuration,
      },
      'edge-proxy': {
        ...service,
        DATABASE_URL: urls.edge_app,
        APILINK_DATA_DIR: join(this.#folder, 'edge'),
        MOCK_API_KEY: 'mock',
      },
    };
  }

  async #startService(name, extraFlags = []) {
    const command = [process.execPath, ...nodeFlags, ...extraFlags, join(root, 'apps', name, 'dist', 'main.js')];
    const environment = this.#environments[name];
    const { pid, told } = await this.#children.start(name, command, { environment, isReady: readyPort });
    return { pid, address: `127.0.0.1:${told}` };
  }

  async #startLane() {
    const command = [
      process.execPath,
      ...nodeFlags,
      ...this.#extraEdgeFlags,
      join(import.meta.dirname, 'lane-process.mjs'),
    ];
    const environment = { ...this.#environments['edge-proxy'], APILINK_DATA_DIR: join(this.#folder, 'lane') };
    const { pid, told } = await this.#children.start('the lane', command, { environment, isReady: readyPort });
    return { pid, address: `127.0.0.1:${told}` };
  }
}

/** The port in a service's line `Ready.`; null for every other line. */
function readyPort(line) {
  if (!line.includes('"Ready."')) return null;
  return JSON.parse(line).port;
}
