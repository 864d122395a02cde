#!/usr/bin/env node
/**
 * `npx apilink …` in the repository: the compiled command line (apps/cli) under Node ≥ 24. It builds and installs
 * nothing, so that its answer comes at once; `npm start` does that.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { runToEnd } from '../bootstrap/child.mjs';
import { checkPlatform, findNode } from '../bootstrap/node-runtime.mjs';
import { Refusal, root } from '../bootstrap/workspace.mjs';

try {
  checkPlatform();
  const program = join(root, 'apps', 'cli', 'dist', 'main.js');
  if (!existsSync(program)) throw new Refusal('ApiLink is not built yet: run `npm start` here first.', 3);
  // `npm start` keeps its data in the checkout, wherever below it this is typed.
  if (!existsSync('.apilink')) process.env.APILINK_DATA_DIR ??= join(root, '.apilink');
  const node = findNode();
  if (node === process.execPath) await import(pathToFileURL(program).href);
  else process.exitCode = await runToEnd(node, [program, ...process.argv.slice(2)], { folder: process.cwd() });
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
