import { openSync, writeSync } from 'node:fs';

/** Appends lines. A full disk costs lines of the log, never the process: what it keeps running is money. */
export class LogFile {
  readonly #descriptor: number;

  constructor(
    path: string,
    private readonly onLine: (line: string) => void,
  ) {
    this.#descriptor = openSync(path, 'a', 0o600);
  }

  write(line: string): void {
    try {
      writeSync(this.#descriptor, line);
    } catch {
      // The line is lost for the file; the terminal may still show it.
    }
    this.onLine(line);
  }
}
