import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

import { connectDatabase, generateRolePasswords, prepareRoles, startEmbeddedPostgres } from '@apilink/postgres';

import {
  providerClearingAccount,
  providerCostAccount,
  revenueAccount,
} from '../apps/billing/dist/ledger/ledger-account.domain.js';
import { BillingScenario, scenarioCard } from '../apps/billing/dist/scenario/billing-scenario.factory.js';
import { cpuSecondsOfTree } from './cpu-time.mjs';
import { machineFacts } from './machine.mjs';

/**
 * `apilink audit` on a ledger of a million transfers, made by SQL under all rules of the tables: how long it takes, which of
 * its checks take how long, and what it takes of memory. Exits with 1 when it finds a difference: there is none.
 */
const { values: options } = parseArgs({
  options: {
    transfers: { type: 'string', default: '1000000' },
    accounts: { type: 'string', default: '200' },
    json: { type: 'boolean' },
  },
});
const TRANSFERS = Number(options.transfers);
const ACCOUNTS = Number(options.accounts);
const CHUNK = 20_000;
const CREDIT = 10n ** 13n;
const MEGABYTE = 2 ** 20;
const say = (text) => process.stderr.write(`${text}\n`);

async function measure() {
  const { superuserUrl } = server;
  const urls = await prepareRoles({ superuserUrl, database: 'apilink', passwords: generateRolePasswords() });
  const connect = (url) =>
    connectDatabase({ url, schema: 'billing', applicationName: 'bench', statementTimeoutMs: 600_000, onError: say });
  const database = await connect(urls.billing_app);
  const owner = await connect(withDatabase(superuserUrl, 'apilink'));
  const parts = { urlFor: (role) => urls[role], database: () => Promise.resolve(database) };
  const billing = await BillingScenario.create(parts, { now: Date.now, holdExpiryMs: 90_000 });
  say(`Making ${TRANSFERS} transfers of ${ACCOUNTS} accounts …`);
  for (let index = 0; index < ACCOUNTS; index++) await billing.customer(CREDIT);
  await makeTransfers(owner);
  await owner.query(
    `TRUNCATE gate.accounts, gate.workspaces, gate.keys, gate.key_meters, gate.period_counters, gate.holds`,
  );
  for (const { account_id: id } of await owner.query('SELECT account_id FROM accounts')) {
    await billing.services.loads.loadNow(id);
  }
  await owner.query('VACUUM ANALYZE');
  say('Auditing …');
  const result = await audit(billing);
  await billing.close();
  await database.close();
  await owner.close();
  return { machine: machineFacts(), transfers: TRANSFERS, accounts: ACCOUNTS, ...result };
}

async function audit(billing) {
  const checks = [];
  let differences = [];
  let most = 0;
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 50);
  const began = performance.now();
  const databaseCpu = cpuSecondsOfTree(server.pid);
  const cpu = process.cpuUsage();
  await billing.services.audits.run('audit', (line) => {
    if (line.type === 'report') differences = line.differences;
    else
      checks.push({
        invariant: line.invariant,
        checked: line.checked,
        total: line.total,
        at: (performance.now() - began) / 1_000,
      });
  });
  clearInterval(watch);
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = { billing: (user + system) / 1e6, Postgres: cpuSecondsOfTree(server.pid) - databaseCpu };
  return {
    seconds: (performance.now() - began) / 1_000,
    grownByMegabytes: Math.round((most - before) / MEGABYTE),
    cpuSeconds,
    checks,
    differences,
  };
}

/** As settlement would have written them; the charge is 1 nano-USD a token in and 3 a token out. */
async function makeTransfers(owner) {
  await owner.query(MADE, [TRANSFERS, CREDIT.toString()]);
  await owner.query('CREATE INDEX made_by_number ON made (n); ANALYZE made');
  for (let from = 0; from < TRANSFERS; from += CHUNK) {
    await owner.query(POST, [
      from,
      from + CHUNK,
      revenueAccount.ledgerAccountId,
      providerCostAccount.ledgerAccountId,
      providerClearingAccount.ledgerAccountId,
    ]);
    await owner.query(END, [
      from,
      from + CHUNK,
      scenarioCard.modelId,
      scenarioCard.endpointId,
      scenarioCard.priceVersion,
    ]);
    if (from % 100_000 === 0) say(`  ${from}`);
  }
  await owner.query(SUM_UP);
  await owner.query(SPENDS);
  await owner.query(
    'UPDATE lots l SET drawn_nano_usd = b.spent_nano_usd FROM gate_balances b WHERE b.account_id = l.account_id',
  );
  await owner.query('DROP TABLE made');
}

const MADE = `
CREATE TABLE made AS
SELECT m.n, c.account_id, k.workspace_id, k.key_id, p.ledger_account_id AS promo, uuidv7() AS generation_id,
  gen_random_uuid() AS transfer_id, m.input, m.output, m.input + 3 * m.output AS charge,
  2 + m.n / a.count AS version,
  $2::bigint - sum(m.input + 3 * m.output) OVER (PARTITION BY c.account_id ORDER BY m.n)::bigint AS posted_after,
  timestamptz '2026-11-01 00:00Z' + m.n * interval '3 days' / $1::bigint AS opened_at
FROM (SELECT count(*) AS count FROM accounts) AS a
CROSS JOIN (SELECT n, 100 + n * 7919 % 900 AS input, 10 + n * 104729 % 490 AS output FROM generate_series(0, $1::bigint - 1) AS n) AS m
JOIN (SELECT account_id, row_number() OVER (ORDER BY account_id) - 1 AS number FROM accounts) AS c ON c.number = m.n % a.count
JOIN api_keys k ON k.account_id = c.account_id
JOIN ledger_accounts p ON p.account_id = c.account_id AND p.kind = 'customer_promo'`;

const POST = `
WITH posted AS (
  INSERT INTO ledger_transfers (transfer_id, kind, ref, request_hash, actor)
  SELECT transfer_id, 'usage_settled', generation_id::text, 'completed/20000/-', 'settlement' FROM made WHERE n >= $1 AND n < $2
)
INSERT INTO ledger_entries (transfer_id, ledger_account_id, amount, currency, version, posted_after)
SELECT transfer_id, e.account, e.amount, 'USD', e.version, e.posted_after FROM made,
  LATERAL (VALUES (promo, -charge, version, posted_after), ($3::uuid, charge, null, null), ($4::uuid, -25::bigint, null, null),
    ($5::uuid, 25::bigint, null, null)) AS e (account, amount, version, posted_after)
WHERE n >= $1 AND n < $2`;

const END = `
INSERT INTO holds (generation_id, account_id, workspace_id, key_id, model_id, candidates, period_day, period_week, period_month,
  epoch, opened_at, state, amount_nano_usd, highest_nano_usd, ended_at, settled_at, outcome, charge_nano_usd, edge_charge_nano_usd,
  usage, usage_source, price_version, endpoint_id, attempts, dialect, stream, status, finish_reason, app, end_user, tags,
  transfer_id, ledger_version)
SELECT generation_id, account_id, workspace_id, key_id, $3::text,
  jsonb_build_array(jsonb_build_object('endpointId', $4::text, 'priceVersion', $5::text)),
  to_char(opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), to_char(opened_at AT TIME ZONE 'UTC', 'IYYY-"W"IW'),
  to_char(opened_at AT TIME ZONE 'UTC', 'YYYY-MM'), 1, opened_at, 'settled', 20000, 20000, opened_at + interval '2 s', opened_at + interval '3 s',
  'completed', charge, charge, jsonb_build_object('input', input, 'output', output), 'upstream', $5, $4,
  jsonb_build_array(jsonb_build_object('endpointId', $4::text, 'provider', 'alpha', 'credential', 'main',
    'startedAt', to_char(opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'firstTokenMs', 120, 'durationMs', 900, 'class', 'ok',
    'status', 200, 'usage', null, 'costNanoUsd', '25', 'hedge', false)),
  'chat', true, 200, 'stop', jsonb_build_object('referer', null, 'title', 'App ' || n % 5), 'user-' || n % 20,
  jsonb_build_array('team-' || n % 3), transfer_id, version
FROM made WHERE n >= $1 AND n < $2`;

const SUM_UP = `
UPDATE gate_balances b SET promo_nano_usd = promo_nano_usd - m.charge, posted_nano_usd = posted_nano_usd - m.charge,
  spent_nano_usd = m.charge, version = b.version + 1, ledger_version = m.version
FROM (SELECT account_id, sum(charge)::bigint AS charge, max(version) AS version FROM made GROUP BY account_id) AS m
WHERE m.account_id = b.account_id`;

const SPENDS = `
INSERT INTO period_spends (account_id, scope, scope_id, period, spent_nano_usd)
SELECT h.account_id, s.scope, s.id, p.period, sum(h.charge_nano_usd) FROM holds h,
  LATERAL (VALUES ('key', h.key_id), ('workspace', h.workspace_id)) AS s (scope, id),
  LATERAL (VALUES ('total'), (h.period_day), (h.period_week), (h.period_month)) AS p (period)
GROUP BY h.account_id, s.scope, s.id, p.period`;

function withDatabase(url, name) {
  const named = new URL(url);
  named.pathname = `/${name}`;
  return named.href;
}

function textOf({ machine, transfers, accounts, seconds, cpuSeconds, grownByMegabytes, checks, differences }) {
  const { cores, processor, node, date } = machine;
  const lines = [
    `${cores} cores (${processor}), Node ${node}, ${date}; ${transfers} transfers of ${accounts} accounts`,
    `audited in ${seconds.toFixed(1)} s, ${differences.length} differences; billing used ${cpuSeconds.billing.toFixed(1)} s of CPU and grew by ${grownByMegabytes} MB, Postgres used ${cpuSeconds.Postgres.toFixed(1)} s`,
    ...checks
      .filter(({ checked, total }) => checked === total || total < 1_000)
      .map(({ invariant, at }) => `${at.toFixed(1).padStart(7)} s  ${invariant}`),
    ...differences.slice(0, 10).map((one) => JSON.stringify(one)),
  ];
  return `${lines.join('\n')}\n`;
}

const folder = mkdtempSync(join(tmpdir(), 'apilink-bench-'));
chmodSync(folder, 0o711);
const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), settings: { fsync: 'off' } });
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void server.stop().finally(() => process.exit(1)));
}
try {
  const report = await measure();
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
  process.exitCode = report.differences.length === 0 ? 0 : 1;
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
