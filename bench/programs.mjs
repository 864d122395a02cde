import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const folder = import.meta.dirname;
const buildFolder = join(folder, '.build');
const run = promisify(execFile);

/** A reason for which nothing can be measured here, as one sentence for a person. */
export class CannotMeasure extends Error {}

/** Compiles the mock upstream and the load generator where they are missing or older than their source. */
export async function compilePrograms() {
  if (process.platform !== 'linux') {
    throw new CannotMeasure('npm run bench needs Linux: its mock upstream and its load generator are built on epoll.');
  }
  mkdirSync(buildFolder, { recursive: true });
  return { upstream: await compile('upstream'), loadGenerator: await compile('loadgen', '-lm') };
}

async function compile(name, ...libraries) {
  const source = join(folder, `${name}.c`);
  const program = join(buildFolder, name);
  if (existsSync(program) && statSync(program).mtimeMs >= statSync(source).mtimeMs) return program;
  try {
    await run('gcc', ['-O2', '-o', program, source, ...libraries]);
  } catch (error) {
    if (error.code === 'ENOENT') {
      throw new CannotMeasure(
        'npm run bench needs gcc, which is not on the PATH: its mock upstream and its load generator are C programs.',
      );
    }
    throw new CannotMeasure(`gcc could not compile bench/${name}.c:\n${error.stderr ?? error.message}`);
  }
  return program;
}
