import { spawn } from 'node:child_process';

const OUTPUT_CHARACTERS_MAX = 100_000;

export interface CommandResult {
  /** Null when it could not be run, was killed or took too long. */
  readonly code: number | null;
  /** Both outputs, the end of them when they are long. */
  readonly output: string;
}

/** Runs a program to its end, at most `timeoutMs`; never rejects. */
export function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(file, [...args], {
      cwd: options.folder,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    const gather = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-OUTPUT_CHARACTERS_MAX);
    };
    child.stdout.on('data', gather);
    child.stderr.on('data', gather);
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}

export interface CommandOptions {
  readonly timeoutMs: number;
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
}
