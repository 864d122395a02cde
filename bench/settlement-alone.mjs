import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

import { OutboxRelay } from '@apilink/events';
import { periodCandidates, PostgresHoldStore } from '@apilink/holds';
import { connectDatabase, generateRolePasswords, prepareRoles, startEmbeddedPostgres } from '@apilink/postgres';

import {
  BillingScenario,
  finalOf,
  newGenerationId,
  outgoing,
  scenarioCard,
  standingEpochs,
} from '../apps/billing/dist/scenario/billing-scenario.factory.js';
import { cpuSecondsOfTree } from './cpu-time.mjs';
import { machineFacts } from './machine.mjs';

/**
 * Settlement by itself: billing's own services on a Postgres of their own, batches as the event log delivers them, the
 * outbox relay and the gate writer beside it, and nothing else: what billing and Postgres spend on an event, how fast that
 * is, and whether the memory of a process stays flat over a million events.
 */
const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '100000' },
    accounts: { type: 'string', default: '20' },
    'warm-up': { type: 'string', default: '40000' },
    statements: { type: 'boolean' },
    json: { type: 'boolean' },
  },
});
const BATCH = 500;
const MEGABYTE = 2 ** 20;
const say = (text) => process.stderr.write(`${text}\n`);
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function measure({ superuserUrl, pid }) {
  const passwords = generateRolePasswords();
  const urls = await prepareRoles({ superuserUrl, database: 'apilink', passwords });
  const connect = (role, schema) =>
    connectDatabase({ url: urls[role], schema, applicationName: 'bench', poolMax: 5, onError: () => undefined });
  const database = await connect('billing_app', 'billing');
  const stage = { gate: deafGate(new PostgresHoldStore(database)), gateEpochs: standingEpochs(1) };
  const parts = { urlFor: (role) => urls[role], database: () => Promise.resolve(database) };
  const billing = await BillingScenario.create(parts, { now: Date.now, holdExpiryMs: 90_000 }, stage);
  const relay = new OutboxRelay({
    database,
    schema: 'billing',
    log: { publish: () => Promise.resolve() },
    logger: silent,
  });
  relay.start();
  const customers = [];
  for (let index = 0; index < Number(options.accounts); index++) customers.push(await billing.customer(10n ** 15n));
  await billing.tellGate();
  const meter = new Meter(billing, customers, pid);
  await meter.run(Number(options['warm-up']));
  const statements = options.statements === true ? await connectAs(superuserUrl, 'apilink') : null;
  await statements?.query('SELECT pg_stat_statements_reset()');
  const result = await meter.run(Number(options.events));
  if (statements !== null) await tellStatements(statements, Number(options.events));
  await relay.stop();
  const [state] = await database.query("SELECT count(*) AS n FROM holds WHERE state = 'settled'");
  await statements?.close();
  await billing.close();
  await database.close();
  return { machine: machineFacts(), accounts: customers.length, settled: Number(state.n), ...result };
}

/** The gate is another process's work: what it is told is read, merged and deleted, and goes nowhere. */
function deafGate(store) {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'apply') return () => Promise.resolve();
      const value = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

class Meter {
  #offset = 0n;
  constructor(billing, customers, serverPid) {
    this.billing = billing;
    this.customers = customers;
    this.serverPid = serverPid;
  }

  /** Only what settles is timed; the events of a batch are made before. */
  async run(events) {
    let seconds = 0;
    let nodeMicroseconds = 0;
    const memory = [];
    const database = cpuSecondsOfTree(this.serverPid);
    for (let done = 0; done < events; done += BATCH) {
      const batch = this.#batch();
      const before = process.cpuUsage();
      const at = performance.now();
      const poison = await this.billing.services.settlements.settle(batch);
      await this.billing.services.gateDelivery.deliver(this.billing.database);
      seconds += (performance.now() - at) / 1_000;
      const { user, system } = process.cpuUsage(before);
      nodeMicroseconds += user + system;
      if (poison.length > 0) throw new Error(poison[0].reason);
      if (done % Math.max(BATCH, Math.floor(events / 10 / BATCH) * BATCH) === 0) memory.push(this.#memory(done));
    }
    memory.push(this.#memory(events));
    return {
      events,
      perSecond: events / seconds,
      billingMicroseconds: nodeMicroseconds / events,
      databaseMicroseconds: ((cpuSecondsOfTree(this.serverPid) - database) * 1e6) / events,
      memory,
    };
  }

  #memory(events) {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    return {
      events,
      rssMegabytes: Math.round(rss / MEGABYTE),
      heapMegabytes: Math.round((heapUsed / MEGABYTE) * 10) / 10,
    };
  }

  #batch() {
    const customer = this.customers[Math.floor(Number(this.#offset) / BATCH) % this.customers.length];
    const events = [];
    const openings = [];
    for (let index = 0; index < BATCH / 2; index++) {
      const hold = holdOf(customer);
      openings.push(hold);
      events.push(hold);
      if (index >= 10) events.push(finalFor(openings[index - 10]));
    }
    for (const hold of openings.slice(-10)) events.push(finalFor(hold));
    return events.map((body) => ({ ...outgoing(body), partition: 0, offset: this.#offset++ }));
  }
}

function holdOf(customer) {
  const now = Date.now();
  return {
    ...customer,
    generationId: newGenerationId(),
    modelId: scenarioCard.modelId,
    candidates: [{ endpointId: scenarioCard.endpointId, priceVersion: scenarioCard.priceVersion }],
    periods: periodsAt(now),
    openedAt: now,
    epoch: 1,
    amountNanoUsd: 20_000n,
  };
}

function periodsAt(now) {
  const { day, week, month } = periodCandidates('UTC', now);
  return { day: day.current, week: week.current, month: month.current };
}

function finalFor(hold) {
  const usage = { ...finalOf(hold).usage, input: 800, cacheRead: 200, output: 300, requests: 1 };
  const [attempt] = finalOf(hold).attempts;
  return finalOf(hold, {
    chargeNanoUsd: 1_700n,
    usage,
    attempts: [{ ...attempt, usage, costNanoUsd: 700n }],
    app: { referer: 'https://example.com', title: 'Example' },
    endUser: `user-${hold.generationId.slice(-2)}`,
    tags: ['bench'],
  });
}

async function connectAs(superuserUrl, name) {
  const url = new URL(superuserUrl);
  url.pathname = `/${name}`;
  const database = await connectDatabase({
    url: url.href,
    schema: 'public',
    applicationName: 'bench',
    onError: () => undefined,
  });
  await database.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public');
  return database;
}

async function tellStatements(database, events) {
  const rows =
    await database.query(`SELECT round((total_exec_time * 1000 / ${events})::numeric, 2) AS us, calls, toplevel,
      round((total_plan_time * 1000 / ${events})::numeric, 2) AS plan, wal_bytes / ${events} AS wal, left(regexp_replace(query, '\\s+', ' ', 'g'), 110) AS query
    FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY total_exec_time DESC LIMIT 28`);
  for (const row of rows)
    say(
      `${String(row.us).padStart(8)} µs ${row.toplevel ? ' ' : '>'} ${String(row.calls).padStart(7)} wal ${Math.round(row.wal)} ${row.query}`,
    );
}

function textOf({ machine, accounts, events, perSecond, billingMicroseconds, databaseMicroseconds, memory }) {
  const { cores, processor, node, date } = machine;
  const lines = [
    `${cores} cores (${processor}), Node ${node}, ${date}; settlement alone, ${accounts} accounts, ${events} events`,
    `${Math.round(perSecond)} events/s; of one event ${billingMicroseconds.toFixed(1)} µs of billing, ${databaseMicroseconds.toFixed(1)} µs of Postgres`,
    ...memory.map(
      (one) =>
        `after ${String(one.events).padStart(8)} events: ${one.rssMegabytes} MB resident, ${one.heapMegabytes} MB of heap`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const folder = mkdtempSync(join(tmpdir(), 'apilink-bench-'));
chmodSync(folder, 0o711);
const server = await startEmbeddedPostgres({
  dataDir: join(folder, 'data'),
  settings: options.statements
    ? { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'all' }
    : {},
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void server.stop().finally(() => process.exit(1)));
}
try {
  const report = await measure(server);
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
