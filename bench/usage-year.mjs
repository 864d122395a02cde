import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

import { usageApi } from '@apilink/contracts';
import {
  connectDatabase,
  generateRolePasswords,
  migrate,
  prepareRoles,
  startEmbeddedPostgres,
} from '@apilink/postgres';

import { AccountRepository } from '../apps/billing/dist/account/account.repository.js';
import { billingMigrations } from '../apps/billing/dist/migrations/billing-migrations.js';
import { UsageBreakdownService } from '../apps/billing/dist/usage-report/usage-breakdown.service.js';
import { UsageRollupRepository } from '../apps/billing/dist/usage-report/usage-rollup.repository.js';
import { machineFacts } from './machine.mjs';

/**
 * Reports of a year of usage of one account, as `apilink usage --by …` asks for them, with the requests made up by SQL:
 * `node bench/usage-year.mjs`. The rollups are what the triggers of `holds` would have made of these requests, by the same
 * sums; the requests themselves stand in a table of their own, because no report reads them.
 */
const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000000' },
    users: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '20' },
  },
});
const ACCOUNT = '01990000-0000-7000-8000-000000000001';
const WORKSPACE = '01990000-0000-7000-8000-000000000002';
const say = (text) => process.stderr.write(`${text}\n`);

/** Requests of 2025, spread evenly; what they name is drawn so that no two facets go together. */
const REQUESTS = (requests, users) => `
CREATE UNLOGGED TABLE made_up AS
SELECT timestamptz '2025-01-01T00:00:00Z' + (n * (interval '365 days' / ${requests})) AS at,
  ('01990000-0000-7000-8000-0000000001' || lpad((n % 20)::text, 2, '0')) AS key,
  'author/model-' || (n / 7 % 30) AS model, 'user-' || (n * 7919 % ${users}) AS "user",
  'app-' || (n / 11 % 5) AS app, (ARRAY['completed', 'client_disconnect', 'rejected'])[1 + n / 13 % 3] AS outcome,
  'team-' || (n / 17 % 10) AS tag, 1000 + n % 9973 AS charge, 500 + n % 4001 AS input, n % 2003 AS output
FROM generate_series(0::bigint, ${requests} - 1) AS n`;

const FACETS = {
  account: "''",
  workspace: `'${WORKSPACE}'`,
  key: 'key',
  model: 'model',
  user: '"user"',
  app: 'app',
  outcome: 'outcome',
  tag: 'tag',
};

const DAY = "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD')";
const BUCKETS = {
  usage_hours: ['hour, day', `date_trunc('hour', at, 'UTC'), ${DAY}`],
  usage_days: ['day', DAY],
  usage_months: ['month', "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM')"],
};

function rollUp(table, facet, value) {
  const [columns, buckets] = BUCKETS[table];
  return `
  INSERT INTO ${table} (account_id, facet, ${columns}, value, requests, charge_nano_usd, written_off_nano_usd,
    absorbed_nano_usd, input_tokens, output_tokens, cached_input_tokens, reasoning_tokens)
  SELECT '${ACCOUNT}', '${facet}', ${buckets}, ${value}, count(*), sum(charge), 0, 0, sum(input), sum(output), 0, 0
  FROM made_up GROUP BY 2, 3, 4${table === 'usage_hours' ? ', 5' : ''}`;
}

async function measure(urls) {
  const connect = (role) =>
    connectDatabase({
      url: urls[role],
      schema: 'billing',
      applicationName: 'bench',
      poolMax: 5,
      statementTimeoutMs: 3_600_000,
      onError: () => undefined,
    });
  await migrate({ url: urls.billing_owner, schema: 'billing', migrations: billingMigrations });
  const owner = await connect('billing_owner');
  await owner.transaction(async (sql) => {
    await sql.query('SET CONSTRAINTS ALL DEFERRED');
    await sql.query(
      `INSERT INTO accounts (account_id, name, time_zone, default_workspace_id)
       VALUES ('${ACCOUNT}', 'bench', 'UTC', '${WORKSPACE}')`,
    );
    await sql.query(
      `INSERT INTO workspaces (workspace_id, account_id, name) VALUES ('${WORKSPACE}', '${ACCOUNT}', 'bench')`,
    );
  });
  say(`Making up ${options.requests} requests …`);
  await owner.query(REQUESTS(Number(options.requests), Number(options.users)));
  for (const table of Object.keys(BUCKETS)) {
    for (const [facet, value] of Object.entries(FACETS)) {
      if (table === 'usage_hours' && (facet === 'user' || facet === 'tag')) continue;
      say(`Summing up ${table} by ${facet} …`);
      await owner.query(rollUp(table, facet, value));
    }
  }
  await owner.query('DROP TABLE made_up');
  for (const table of Object.keys(BUCKETS)) await owner.query(`ANALYZE ${table}`);
  const [size] = await owner.query(
    `SELECT (SELECT count(*) FROM usage_hours) AS hours, (SELECT count(*) FROM usage_days) AS days,
       (SELECT count(*) FROM usage_months) AS months, pg_total_relation_size('usage_hours')
       + pg_total_relation_size('usage_days') + pg_total_relation_size('usage_months') AS bytes`,
  );
  const database = await connect('billing_app');
  const reports = new UsageBreakdownService(database, new UsageRollupRepository(), new AccountRepository(), Date.now);
  const rows = [];
  for (const by of usageApi.usageDimensionSchema.options) rows.push(await timed(reports, by));
  await database.close();
  await owner.close();
  return { ...size, rows };
}

async function timed(reports, by) {
  const times = [];
  let told = 0;
  for (let round = 0; round < Number(options.rounds); round++) {
    const at = performance.now();
    const report = await reports.report({
      accountId: ACCOUNT,
      by,
      from: '2025-01-01',
      to: '2025-12-31',
      limit: 10_000,
    });
    times.push(performance.now() - at);
    told = report.rows.length;
    if (report.total.requests !== Number(options.requests)) throw new Error(`${report.total.requests} requests`);
  }
  times.sort((left, right) => left - right);
  return { by, rows: told, p50Ms: times[Math.floor(times.length / 2)].toFixed(1), slowestMs: times.at(-1).toFixed(1) };
}

const folder = mkdtempSync(join(tmpdir(), 'apilink-usage-year-'));
chmodSync(folder, 0o711);
const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data') });
try {
  const urls = await prepareRoles({
    superuserUrl: postgres.superuserUrl,
    database: 'apilink',
    passwords: generateRolePasswords(),
  });
  const { rows, hours, days, months, bytes } = await measure(urls);
  const machine = machineFacts();
  process.stdout.write(`${options.requests} requests of a year, ${options.users} users, ${JSON.stringify(machine)}\n`);
  process.stdout.write(
    `${hours} rows of hours, ${days} of days, ${months} of months, ${Math.round(Number(bytes) / 1e6)} MB\n`,
  );
  console.table(rows);
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
