import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import { root } from './workspace.mjs';

const captureBytesMax = 1_000_000;

/** Runs a command in the root and gathers its output; resolves with the exit code, also when it is not 0. */
export function capture(file, args, environment = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const gather = (chunk) => {
      output = (output + chunk).slice(-captureBytesMax);
    };
    child.stdout.on('data', gather);
    child.stderr.on('data', gather);
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code: exitCode(code, signal), output }));
  });
}

/**
 * Runs the command that the user asked for, with the terminal as its own, and resolves with its exit code.
 *
 * Signals are passed on. A Ctrl-C reaches every process of the terminal's group, and npm passes its own copy on too: so
 * one press may arrive at the child more than once. The child's part is to take a repeated signal as the same one; ours
 * is never to end before it does. When whoever started us is gone, the child is told to end as well: an orphan would
 * keep the data folder locked.
 */
export function runToEnd(file, args, { folder = root, environment = process.env, followParent = false } = {}) {
  return new Promise((resolve, reject) => {
    // The channel carries no messages: by its closing the child learns that we were killed.
    const child = spawn(file, args, { cwd: folder, env: environment, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    const pass = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, pass);
    const watch = followParent ? watchParent(() => child.kill('SIGTERM')) : null;
    const finish = (settle) => {
      if (watch !== null) clearInterval(watch);
      for (const signal of signals) process.off(signal, pass);
      settle();
    };
    child.once('error', (error) => finish(() => reject(error)));
    child.once('exit', (code, signal) => finish(() => resolve(exitCode(code, signal))));
  });
}

function watchParent(onGone) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onGone();
  }, 250);
  return watch;
}

/** The shell's convention: 128 + number for a process that a signal ended. */
function exitCode(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0);
}
