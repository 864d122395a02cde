import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventLogMigrations } from '@apilink/events';
import { gateMigrations } from '@apilink/holds';
import { generateRolePasswords, migrate, prepareRoles, startEmbeddedPostgres } from '@apilink/postgres';

import { catalogText } from './catalog.mjs';
import { createCustomer } from './customer.mjs';

const root = join(import.meta.dirname, '..');
/**
 * What an operator should give an edge: a young generation of 32 MB a half. With the default of 16 MB a request costs a
 * tenth more, with 64 MB an idle stream twice the memory. The base gets the same.
 */
const nodeFlags = ['--max-semi-space-size=32'];
/** Far above what one machine can ask. */
const limits = {
  KEY_DEFAULT_RPM: '10000000',
  KEY_DEFAULT_TPM: '100000000000',
  KEY_DEFAULT_CONCURRENCY: '1000000',
};

/**
 * Everything that is measured and what it needs, each in a process of its own on loopback: the mock upstream, the base,
 * an embedded Postgres, billing, the router, the edge.
 */
export class Stack {
  #children;
  #programs;
  #folder = mkdtempSync(join(tmpdir(), 'apilink-bench-'));
  #postgres = null;
  #environments = null;
  #extraEdgeFlags;
  upstream = null;
  base = null;
  edge = null;
  lane = null;
  billing = null;
  router = null;
  customer = null;
  /** Postgres as the edge's role, for measuring the gate alone. */
  gateUrl = null;

  constructor(programs, children, extraEdgeFlags = []) {
    this.#programs = programs;
    this.#children = children;
    this.#extraEdgeFlags = extraEdgeFlags;
    // The database server may run as another user, which has to reach its folder.
    chmodSync(this.#folder, 0o711);
  }

  /** Process id of the Postgres server; its backends are its children. */
  get postgresPid() {
    return this.#postgres?.pid ?? null;
  }

  async start(onStep) {
    onStep('the mock upstream');
    const port = await freePort();
    this.upstream = await this.#startProgram(
      'upstream',
      [this.#programs.upstream, '-p', String(port)],
      'upstream on',
      port,
    );
    onStep('Postgres');
    const urls = await this.#startPostgres();
    this.gateUrl = urls.edge_app;
    this.#environments = await this.#environmentsOf(urls, port);
    for (const service of ['billing', 'router']) {
      onStep(service);
      this[service] = await this.#startService(service);
    }
    this.customer = await createCustomer(`http://${this.billing.address}`, this.#environments.billing.OPERATOR_TOKEN);
    onStep('the base and the edge');
    await this.restartMeasured();
  }

  /** Base and edge as new processes: memory is only comparable when nothing has run before. */
  async restartMeasured() {
    for (const target of [this.base, this.edge, this.lane]) if (target !== null) await this.#children.stop(target.pid);
    const port = await freePort();
    const command = [process.execPath, ...nodeFlags, join(import.meta.dirname, 'base.mjs')];
    const environment = { PORT: String(port), UPSTREAM: `http://${this.upstream.address}` };
    this.base = await this.#startProgram('the base', command, 'ready', port, environment);
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

  async #environmentsOf(urls, upstreamPort) {
    const configuration = join(this.#folder, 'apilink.yaml');
    writeFileSync(configuration, catalogText(upstreamPort));
    const billingPort = String(await freePort());
    const service = {
      HOST: '127.0.0.1',
      PORT: '0',
      SERVICE_TOKENS: randomBytes(32).toString('base64url'),
      BILLING_URL: `http://127.0.0.1:${billingPort}`,
      ...limits,
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
        APILINK_CONFIG: configuration,
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

  async #startProgram(name, command, sign, port, environment = {}) {
    const isReady = (line) => (line.startsWith(sign) ? true : null);
    const { pid } = await this.#children.start(name, command, { environment, isReady });
    return { pid, address: `127.0.0.1:${port}` };
  }
}

/** The port in a service's line `Ready.`; null for every other line. */
function readyPort(line) {
  if (!line.includes('"Ready."')) return null;
  return JSON.parse(line).port;
}

/** Of a program that cannot tell which port the system chose. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
