import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { needsOf, sortFiles } from './needs.mjs';
import { addUp, closingLines, verdict } from './report.mjs';
import { Servers } from './servers.mjs';
import { listFiles, runSuite, skipped } from './suite.mjs';

const suites = [
  { name: 'unit', config: 'jest.config.js', needsServers: false },
  { name: 'integration', config: 'jest.integration.config.js', needsServers: true },
  { name: 'e2e', config: 'jest.e2e.config.js', needsServers: true },
];
const names = suites.map(({ name }) => name);

/**
 * Runs the suites and files that the words choose (names of suites, path patterns; none = all), one suite after the
 * other, then tells what was skipped and why, the seed of all random histories, and last one line of figures. Sets the
 * exit code.
 */
export async function runTests(words, variables = {}) {
  const seed = process.env.FAST_CHECK_SEED ?? String(Date.now() % 2 ** 31);
  const session = new Session(words, { ...process.env, FAST_CHECK_SEED: seed, ...variables });
  const total = addUp(await session.run());
  console.log(`\nRandom histories: FAST_CHECK_SEED=${seed} repeats them.`);
  for (const line of closingLines(total)) console.log(line);
  process.exitCode = verdict(total, process.env.CI === 'true') ? 0 : 1;
}

class Session {
  #folder = mkdtempSync(join(tmpdir(), 'apilink-test-'));
  #servers = new Servers(this.#folder);

  constructor(words, variables) {
    const wanted = words.filter((word) => names.includes(word));
    this.patterns = words.filter((word) => !names.includes(word));
    this.chosen = suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
    this.variables = variables;
  }

  async run() {
    const results = [];
    try {
      for (const suite of this.chosen)
        results.push(...(suite.needsServers ? await this.#runWithServers(suite) : [await this.#runAll(suite)]));
    } finally {
      await this.#servers.stop();
      rmSync(this.#folder, { recursive: true, force: true });
    }
    return results;
  }

  #runAll(suite, files = this.patterns) {
    const environment = { ...this.variables, ...this.#servers.environment };
    return runSuite(suite, { files, environment, report: join(this.#folder, `${suite.name}.json`) });
  }

  /** Starts what its files need, runs those whose needs are met, and names the others. */
  async #runWithServers(suite) {
    const files = await listFiles(suite, this.patterns);
    await this.#servers.meet(new Set(files.flatMap((file) => [...needsOf(file)])));
    const sorted = sortFiles(files, this.#servers.problems);
    const left = sorted.skipped.map(({ file, problem }) => skipped(file, problem));
    // Without a file named, Jest would take all.
    return sorted.runnable.length === 0 ? left : [...left, await this.#runAll(suite, sorted.runnable)];
  }
}
