import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text as textOf } from 'node:stream/consumers';

const READY_MS = 60_000;
const STOP_MS = 15_000;
const LINES_KEPT = 20;

/** Every process that a run starts. They are stopped by their own ids, in the opposite order of their start. */
export class ChildProcesses {
  #running = [];

  /**
   * Starts a program and resolves when `isReady` says so of one of its lines; `isReady` returns what the caller wants to
   * know of that line, or null.
   */
  async start(name, [file, ...args], { environment = {}, isReady }) {
    const child = spawn(file, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#running.push({ name, child });
    const lines = [];
    const told = await within(READY_MS, `${name} is not ready after ${READY_MS / 1000} s`, (resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        reject(new Error(`${name} ended (${signal ?? code}) before it was ready:\n${lines.join('\n')}`));
      });
      const read = (line) => {
        lines.push(line);
        if (lines.length > LINES_KEPT) lines.shift();
        const answer = isReady(line);
        if (answer !== null) resolve(answer);
      };
      eachLine(child.stdout, read);
      eachLine(child.stderr, read);
    });
    return { pid: child.pid, told, lines };
  }

  /** Runs a program to its end and resolves with what it wrote; rejects when it fails or takes longer. */
  async capture(name, [file, ...args], timeoutMs) {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' });
    const entry = { name, child };
    this.#running.push(entry);
    const [stdout, stderr, [code, signal]] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      once(child, 'close'),
    ]);
    this.#running = this.#running.filter((one) => one !== entry);
    if (code !== 0) throw new Error(`${name} ended with ${signal ?? code}: ${stderr}`);
    return { stdout, stderr };
  }

  /** SIGTERM, and SIGKILL for one that does not end. */
  async stop(pid) {
    const entry = this.#running.find(({ child }) => child.pid === pid);
    if (entry === undefined) return;
    this.#running = this.#running.filter((one) => one !== entry);
    await end(entry.child);
  }

  async stopAll() {
    for (const { child } of this.#running.splice(0).toReversed()) await end(child);
  }

  /** For the last moment of this process, when nothing can be waited for. */
  killAll() {
    for (const { child } of this.#running.splice(0)) child.kill('SIGKILL');
  }
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}

/** Also drains the pipe, for as long as the process lives: a full one would stop it. */
function eachLine(stream, read) {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) read(line);
  });
}

function within(ms, sentence, start) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(sentence)), ms);
    const settle = (done) => (value) => {
      clearTimeout(timer);
      done(value);
    };
    start(settle(resolve), settle(reject));
  });
}
