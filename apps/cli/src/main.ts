import { runProgram } from './program.js';

// A reader like `head` closes the pipe when it has enough: that is no fault of the command.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runProgram(process.argv.slice(2), {
  terminal: { out: process.stdout, err: process.stderr, now: Date.now },
  env: process.env,
  send: fetch,
});
