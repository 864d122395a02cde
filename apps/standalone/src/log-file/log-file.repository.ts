import { openSync, writeSync } from 'node:fs';

/** Appends lines. A full disk costs lines of the log, never the process: what it keeps running is money. */
export class LogFile {
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'a', 0o600);
  }

  write(line: string): void {
    try {
      writeSync(this.#descriptor, line);
    } catch {
      // The line is lost; there is nowhere else to tell it.
    }
  }
}
