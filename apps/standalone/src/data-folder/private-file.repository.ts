import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

import { ConfigurationError } from '@apilink/service';
import type { z } from 'zod';

/** A JSON file for its owner alone (0600), replaced whole: a crash leaves the old one or the new one. */
export class PrivateFile<Schema extends z.ZodType> {
  constructor(
    readonly path: string,
    private readonly schema: Schema,
  ) {}

  /** Null when there is none. Throws ConfigurationError when it is not what we wrote. */
  read(): z.output<Schema> | null {
    if (!existsSync(this.path)) return null;
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      throw new ConfigurationError(`${this.path} cannot be read.`, { cause: error });
    }
    const content = this.schema.safeParse(parsed(text));
    if (!content.success) {
      throw new ConfigurationError(`${this.path} is damaged: restore it from a backup of the data folder.`);
    }
    return content.data;
  }

  write(content: z.input<Schema>): void {
    const unfinished = `${this.path}.new`;
    const file = openSync(unfinished, 'w', 0o600);
    try {
      writeSync(file, `${JSON.stringify(content, null, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, this.path);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
