import { runProgram } from './program.js';

process.exitCode = await runProgram(process.argv.slice(2), {
  terminal: { out: process.stdout, err: process.stderr, now: Date.now },
  env: process.env,
  send: fetch,
});
