import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { DataFolderLockedError, lockDataFolder } from '@apilink/postgres';
import { ConfigurationError } from '@apilink/service';

/** How long a start waits for a process that is about to leave the folder. */
const leavingMsMax = 60_000;
const pollMs = 200;

/** The folder that this process owns until it releases it. */
export interface DataFolder {
  readonly path: string;
  /** Tells the next start that it is worth waiting for us. */
  leaving(): void;
  release(): void;
}

export interface OpenOptions {
  /** Told once, when another process is leaving the folder and we wait for it. */
  readonly onWait: () => void;
}

/**
 * Takes the data folder for this process. Of a process that was killed the lock is taken over; one that is draining is
 * waited for; a living one is a ConfigurationError that names it.
 */
export async function openDataFolder(path: string, { onWait }: OpenOptions): Promise<DataFolder> {
  create(path);
  const leavingFile = join(path, 'leaving');
  const unlock = await lock(path, leavingFile, onWait);
  rmSync(leavingFile, { force: true });
  return {
    path,
    leaving: () => writeFileSync(leavingFile, `${process.pid}\n`),
    release: () => {
      rmSync(leavingFile, { force: true });
      unlock();
    },
  };
}

/** Open to be entered (the embedded Postgres may run as another user), closed to be listed; files in it are 0600. */
function create(path: string): void {
  try {
    createWithParents(path);
    chmodSync(path, 0o711);
  } catch (error) {
    throw new ConfigurationError(`APILINK_DATA_DIR names ${path}, which cannot be used (${codeOf(error)}).`, {
      cause: error,
    });
  }
}

/**
 * One folder after the other: `recursive: true` never ends where the system says ENOENT below a folder that exists (as
 * /proc does), and no signal interrupts it.
 */
function createWithParents(path: string): void {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) createWithParents(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another start may have been faster.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function lock(path: string, leavingFile: string, onWait: () => void): Promise<() => void> {
  const file = join(path, 'owner.json');
  const deadline = Date.now() + leavingMsMax;
  for (let waited = false; ; waited = true) {
    try {
      return lockDataFolder(file, path);
    } catch (error) {
      if (!(error instanceof DataFolderLockedError)) {
        throw new ConfigurationError(`The data folder ${path} cannot be written (${codeOf(error)}).`, { cause: error });
      }
      if (!existsSync(leavingFile) || Date.now() > deadline) {
        throw new ConfigurationError(`${sentence(error.message)} (APILINK_DATA_DIR).`, { cause: error });
      }
    }
    if (!waited) onWait();
    await sleep(pollMs);
  }
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
}
