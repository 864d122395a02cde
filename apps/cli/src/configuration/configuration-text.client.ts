import { readFileSync } from 'node:fs';

import { CommandError, exitCodes } from '../command/command.errors.js';
import { printable } from '../output/table.domain.js';

/** The text of a configuration file. Throws CommandError with one sentence that says why it cannot be read. */
export function configurationText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(exitCodes.refused, `${printable(file)} ${reasonOf(error)}.`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown cause';
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EISDIR') return 'is a folder, not a file';
  if (code === 'EACCES') return 'may not be read by this user';
  return `cannot be read (${code})`;
}
