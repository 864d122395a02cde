import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import { errorCode } from './error-code.js';
import { processLife } from './process-identity.js';

/** The data folder belongs to another running process. */
export class DataFolderLockedError extends Error {
  override readonly name = 'DataFolderLockedError';
}

const TRIES = 5;

/**
 * Makes this process the owner of a data folder, by a file that names the process and its life. The file of a process
 * that was killed is taken over; that of a living one is an error. Returns what gives the folder back.
 */
export function lockDataFolder(file: string, folder: string): () => void {
  const life = processLife(process.pid) ?? '';
  for (let attempt = 0; attempt < TRIES; attempt++) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, life }), { flag: 'wx', mode: 0o600 });
      return givingBackOnce(file);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    const holder = readHolder(file);
    if (holder !== null && processLife(holder.pid) === holder.life) {
      throw new DataFolderLockedError(
        `the data folder ${folder} is in use by process ${holder.pid}: stop it first, or choose another folder`,
      );
    }
    removeStale(file, holder);
  }
  throw new DataFolderLockedError(`the data folder ${folder} is being taken over by another process: try again`);
}

/** A second call must not take the folder from whoever has it then. */
function givingBackOnce(file: string): () => void {
  let isHeld = true;
  return () => {
    if (isHeld) rmSync(file, { force: true });
    isHeld = false;
  };
}

interface Holder {
  readonly pid: number;
  readonly life: string;
}

/** Null when the file is gone or was cut off while it was written. */
function readHolder(file: string): Holder | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('life' in value)) return null;
    return typeof value.pid === 'number' && typeof value.life === 'string'
      ? { pid: value.pid, life: value.life }
      : null;
  } catch {
    return null;
  }
}

/** Renaming is atomic: of two processes that find the same stale file only one gets it, and it checks what it got. */
function removeStale(file: string, expected: Holder | null): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const taken = readHolder(aside);
  if (taken?.pid === expected?.pid && taken?.life === expected?.life) rmSync(aside, { force: true });
  else renameSync(aside, file);
}
