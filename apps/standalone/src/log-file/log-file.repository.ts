import { openSync, writeSync } from 'node:fs';

/** Lines wait so long, or until there are so many characters of them: one write for many requests. */
const WAIT_MS = 100;
const CHARACTERS_MAX = 64 * 1024;

/**
 * Appends lines, gathered. A warning or worse is written at once with all before it. A full disk costs lines of the log,
 * never the process: what it keeps running is money.
 */
export class LogFile {
  readonly #descriptor: number;
  #waiting = '';
  #timer: NodeJS.Timeout | null = null;

  constructor(
    path: string,
    private readonly onLine: (line: string) => void,
  ) {
    this.#descriptor = openSync(path, 'a', 0o600);
  }

  write(line: string): void {
    this.#waiting += line;
    if (this.#waiting.length > CHARACTERS_MAX || isUrgent(line)) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), WAIT_MS).unref();
    this.onLine(line);
  }

  /** Writes what waits; the last thing before the process ends. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const lines = this.#waiting;
    this.#waiting = '';
    try {
      if (lines !== '') writeSync(this.#descriptor, lines);
    } catch {
      // The lines are lost for the file; the terminal may still show them.
    }
  }
}

function isUrgent(line: string): boolean {
  return /"level":"(?:warn|error|fatal)"/.test(line);
}
