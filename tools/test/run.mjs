import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startDatabase } from './database.mjs';
import { addUp, closingLines, verdict } from './report.mjs';
import { runSuite, skipSuite } from './suite.mjs';

/**
 * `npm test`: every suite that this machine can run, one after the other, then what was skipped and why, then one line of
 * figures. `npm test -- unit` runs one suite; anything else is a path pattern: `npm test -- libs/money`.
 */
const suites = [
  { name: 'unit', config: 'jest.config.js', needsDatabase: false },
  { name: 'integration', config: 'jest.integration.config.js', needsDatabase: true },
  { name: 'e2e', config: 'jest.e2e.config.js', needsDatabase: false },
];
const names = suites.map(({ name }) => name);

const args = process.argv.slice(2);
const wanted = args.filter((arg) => names.includes(arg));
const patterns = args.filter((arg) => !names.includes(arg));
const chosen = suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

const folder = mkdtempSync(join(tmpdir(), 'apilink-test-'));
const results = [];
let database = null;
try {
  for (const suite of chosen) {
    if (suite.needsDatabase) database = await startDatabase(join(folder, 'postgres'));
    const options = {
      patterns,
      environment: { ...process.env, ...database?.environment },
      report: join(folder, `${suite.name}.json`),
    };
    const problem = suite.needsDatabase ? (database?.problem ?? null) : null;
    results.push(problem === null ? await runSuite(suite, options) : await skipSuite(suite, options, problem));
  }
} finally {
  await database?.stop();
  rmSync(folder, { recursive: true, force: true });
}

const total = addUp(results);
for (const line of closingLines(total)) console.log(line);
process.exitCode = verdict(total, process.env.CI === 'true') ? 0 : 1;
