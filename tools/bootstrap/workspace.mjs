import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout, wherever the command was started. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Folders of all TypeScript projects, relative to the root. */
export function projectFolders() {
  return [...foldersIn('apps'), ...foldersIn('libs'), 'e2e'];
}

function foldersIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));
}

/** A failure that one sentence explains: it is printed without a stack trace and ends the process with this exit code. */
export class Refusal extends Error {
  constructor(sentence, exitCode = 1) {
    super(sentence);
    this.exitCode = exitCode;
  }
}
