import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The checkout that this library stands in. */
export const checkout = fileURLToPath(new URL('../../..', import.meta.url));

export interface CommandAnswer {
  readonly exitCode: number;
  /** What it printed, when that is JSON; else null. */
  readonly json: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as `npx apilink … --json` does, on an instance that the variables name. */
export async function runApilink(
  words: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<CommandAnswer> {
  const child = spawn(process.execPath, [`${checkout}apps/cli/dist/main.js`, ...words, '--json'], {
    env: { PATH: process.env['PATH'], ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { exitCode: child.exitCode ?? -1, json: parsed(stdout), stdout, stderr };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
