import { readFileSync } from 'node:fs';

import { z } from 'zod';

import { runProgram } from './program.js';

// A reader like `head` closes the pipe when it has enough: that is no fault of the command.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

process.exitCode = await runProgram(process.argv.slice(2), {
  terminal: { out: process.stdout, err: process.stderr, now: Date.now },
  env: process.env,
  send: fetch,
  version: z.object({ version: z.string() }).parse(manifest).version,
});
