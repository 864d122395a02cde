import { z } from 'zod';

import { scriptForm } from './script.domain.js';

/** The streams and the clock of one run, so that a test can give its own. */
export interface Terminal {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly now: () => number;
}

/** Writes a command's answer: for scripts as one JSON document on stdout, for people as lines. */
export class Output {
  constructor(
    private readonly terminal: Terminal,
    private readonly json: boolean,
  ) {}

  /** `value` in memory, written through its schema; `lines` only when a person reads. */
  answer<Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>, lines: () => readonly string[]): void {
    if (this.json) this.script(z.encode(schema, value));
    else this.lines(lines());
  }

  /** A value that is in wire form already. */
  script(value: unknown): void {
    this.terminal.out.write(`${JSON.stringify(scriptForm(value), null, 2)}\n`);
  }

  lines(lines: readonly string[]): void {
    if (lines.length > 0) this.terminal.out.write(`${lines.join('\n')}\n`);
  }

  get forScripts(): boolean {
    return this.json;
  }

  /** A line about long work, on stderr: rewritten on a terminal, a line of its own in a pipe. */
  progress(text: string): void {
    this.terminal.err.write(this.terminal.err.isTTY === true ? `\r\u001B[2K${text}` : `${text}\n`);
  }

  /** Takes the moving line away. */
  progressEnds(): void {
    if (this.terminal.err.isTTY === true) this.terminal.err.write('\r\u001B[2K');
  }
}
