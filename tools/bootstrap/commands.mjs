import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { build } from './build.mjs';
import { runToEnd } from './child.mjs';
import { ensureInstalled } from './install.mjs';
import { checkPlatform, environmentFor, findNode } from './node-runtime.mjs';
import { Refusal, root } from './workspace.mjs';

/**
 * What each command runs, under Node ≥ 24, once everything is installed; `null` = nothing more than the build. `check`
 * only looks at the platform: it is the `prestart` of package.json, because `start` is `exec node …` there, which
 * Windows does not know. Without that `exec` a shell stands between npm and us, and ends before the service has drained.
 */
const commands = {
  start: { script: 'apps/standalone/dist/main.js', builds: true },
  cluster: { script: 'tools/cluster/run.mjs', builds: true },
  test: { script: 'tools/test/run.mjs', builds: true },
  soak: { script: 'tools/test/soak.mjs', builds: true },
  build: { script: null, builds: true },
  format: { script: 'node_modules/prettier/bin/prettier.cjs', builds: false, args: ['--write', '.'] },
  lint: { script: 'tools/lint/run.mjs', builds: false },
  bench: { script: 'bench/run.mjs', builds: true },
  clients: { script: 'tools/test/clients.mjs', builds: true },
  ci: { script: 'tools/ci/run.mjs', builds: true },
  cli: { script: 'apps/cli/dist/main.js', builds: true },
};

/** kafkajs counts a waiting time below zero, which Node 26 tells everybody once. */
const quietened = '--disable-warning=TimeoutNegativeWarning';

/** Ends the process with the exit code of the command. */
export async function runCommand([name, ...args]) {
  try {
    process.exitCode = await run(name, args);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}

async function run(name, args) {
  if (name === 'check') {
    checkPlatform();
    return 0;
  }
  const command = commands[name];
  if (command === undefined) {
    throw new Refusal(`Usage: node tools/bootstrap/run.mjs <${Object.keys(commands).join('|')}> [arguments]`, 2);
  }
  checkPlatform();
  await ensureInstalled();
  const node = findNode();
  const environment = environmentFor(node);
  if (command.builds) await build(node, environment);
  if (command.script === null) return 0;
  const script = join(root, command.script);
  if (!existsSync(script)) throw new Refusal(`${command.script} is missing from this checkout.`);
  return runToEnd(node, ['--enable-source-maps', quietened, script, ...args], {
    // Files named on the command line are where the user stands; all else lives in the checkout.
    folder: name === 'cli' ? (process.env.INIT_CWD ?? process.cwd()) : root,
    environment,
    followParent: process.env.npm_lifecycle_event !== undefined,
  });
}
