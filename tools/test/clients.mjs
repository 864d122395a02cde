import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { clientsPython, installClients } from './clients-install.mjs';
import { addUp, closingLines, verdict } from './report.mjs';
import { listFiles, runSuite, skipped } from './suite.mjs';

const suite = { name: 'clients', config: 'jest.clients.config.js' };

/**
 * `npm run test:clients`: the real clients against one running ApiLink, whose only provider is the offline one. Words are
 * path patterns: `npm run test:clients -- codex`. What cannot be installed is named; in CI that is a failure.
 */
const patterns = process.argv.slice(2);
const files = await listFiles(suite, patterns);
const problems = await installClients();
const problemOf = (file) => (file.includes('python') ? problems.python : problems.node);
const left = files.filter((file) => problemOf(file) !== null);
const runnable = files.filter((file) => problemOf(file) === null);
const results = left.map((file) => skipped(file, problemOf(file)));
if (runnable.length > 0) results.push(await runAgainstApilink(runnable));
const total = addUp(results);
for (const line of closingLines(total)) console.log(line);
process.exitCode = verdict(total, process.env.CI === 'true') ? 0 : 1;

async function runAgainstApilink(chosen) {
  const { startWorld } = await import('../../e2e/dist/clients/world.js');
  const folder = mkdtempSync(join(tmpdir(), 'apilink-clients-'));
  const world = await startWorld(clientsPython);
  try {
    const environment = { ...process.env, APILINK_CLIENTS_WORLD: JSON.stringify(world.told) };
    return await runSuite(suite, { files: chosen, environment, report: join(folder, 'clients.json') });
  } finally {
    await world.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
