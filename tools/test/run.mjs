import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { needsOf, sortFiles } from './needs.mjs';
import { addUp, closingLines, verdict } from './report.mjs';
import { Servers } from './servers.mjs';
import { listFiles, runSuite, skipped } from './suite.mjs';

/**
 * `npm test`: every suite that this machine can run, one after the other, then what was skipped and why, then one line of
 * figures. `npm test -- unit` runs one suite; anything else is a path pattern: `npm test -- libs/money`.
 */
const suites = [
  { name: 'unit', config: 'jest.config.js', needsServers: false },
  { name: 'integration', config: 'jest.integration.config.js', needsServers: true },
  { name: 'e2e', config: 'jest.e2e.config.js', needsServers: true },
];
const names = suites.map(({ name }) => name);

const args = process.argv.slice(2);
const wanted = args.filter((arg) => names.includes(arg));
const patterns = args.filter((arg) => !names.includes(arg));
const chosen = suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

const folder = mkdtempSync(join(tmpdir(), 'apilink-test-'));
const results = [];
const servers = new Servers(folder);
try {
  for (const suite of chosen)
    results.push(...(suite.needsServers ? await runWithServers(suite) : [await runAll(suite)]));
} finally {
  await servers.stop();
  rmSync(folder, { recursive: true, force: true });
}

const total = addUp(results);
for (const line of closingLines(total)) console.log(line);
process.exitCode = verdict(total, process.env.CI === 'true') ? 0 : 1;

function runAll(suite, files = patterns) {
  const environment = { ...process.env, ...servers.environment };
  return runSuite(suite, { files, environment, report: join(folder, `${suite.name}.json`) });
}

/** Starts what its files need, runs those whose needs are met, and names the others. */
async function runWithServers(suite) {
  const files = await listFiles(suite, patterns);
  await servers.meet(new Set(files.flatMap((file) => [...needsOf(file)])));
  const sorted = sortFiles(files, servers.problems);
  const left = sorted.skipped.map(({ file, problem }) => skipped(file, problem));
  // Without a file named, Jest would take all.
  return sorted.runnable.length === 0 ? left : [...left, await runAll(suite, sorted.runnable)];
}
