import { execFileSync } from 'node:child_process';
import { accessSync, chownSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Postgres refuses to run as root. A process of root runs it as the user `postgres`, which is created where it is
 * missing (containers); anybody else runs it as himself.
 */
export interface PostgresUser {
  /** Null: the process's own user. */
  readonly ids: { readonly uid: number; readonly gid: number } | null;
  /** Gives a file or folder to that user. */
  own(path: string): void;
  /** The command that runs a program as that user, for `spawn`. */
  command(program: string, args: readonly string[], reads: readonly string[]): Command;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly ids: { readonly uid: number; readonly gid: number } | Record<string, never>;
}

export function findPostgresUser(): PostgresUser {
  if (process.getuid?.() !== 0) {
    return { ids: null, own: () => undefined, command: (file, args) => ({ file, args, ids: {} }) };
  }
  const ids = idsOf('postgres') ?? createUser();
  return {
    ids,
    own: (path) => chownSync(path, ids.uid, ids.gid),
    command: (file, args, reads) =>
      [file, ...reads].every((path) => isReachable(path, ids))
        ? { file, args, ids }
        : throughClosedFolders(ids, file, args),
  };
}

function idsOf(user: string): { uid: number; gid: number } | null {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}

function createUser(): { uid: number; gid: number } {
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', 'postgres'], {
      stdio: 'pipe',
    });
  } catch (cause) {
    throw new Error(
      'Postgres does not run as root, and the user "postgres" could not be created: create it, or start as another user',
      { cause },
    );
  }
  const ids = idsOf('postgres');
  if (ids === null) throw new Error('the user "postgres" was created, but the system does not list it');
  return ids;
}

/** Whether that user may enter every folder on the way. */
function isReachable(path: string, ids: { uid: number; gid: number }): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === ids.uid ? constants.S_IXUSR : gid === ids.gid ? constants.S_IXGRP : constants.S_IXOTH;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'];

/**
 * A checkout below /root (mode 0700) is closed to the user `postgres`. Rather than open it, the server gets the single
 * capability to read and search folders (capabilities(7): CAP_DAC_READ_SEARCH), by setpriv of util-linux.
 */
function throughClosedFolders(ids: { uid: number; gid: number }, file: string, args: readonly string[]): Command {
  const setpriv = SETPRIV.find((path) => existsSync(path) && isExecutable(path));
  if (setpriv === undefined) {
    throw new Error(
      `the user "postgres" may not enter the folders of ${file} or of the data folder: move them out of closed folders such as /root, or start as another user`,
    );
  }
  const capability = '+dac_read_search';
  const flags = ['--reuid', String(ids.uid), '--regid', String(ids.gid), '--clear-groups'];
  return {
    file: setpriv,
    args: [...flags, `--inh-caps=${capability}`, `--ambient-caps=${capability}`, '--', file, ...args],
    ids: {},
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
