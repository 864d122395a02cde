import { readFileSync, statSync } from 'node:fs';

import { errorCode } from '@apilink/service';
import { watch, type FSWatcher } from 'chokidar';

/** Whatever the file system tells or forgets to tell, this finds a change. */
const POLL_MS = 1_000;
/** Editors write in several steps; the last one counts. */
const SETTLE_MS = 100;

export type FileContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** The configuration file on disk: reads it, and says when it has changed. */
export class CatalogFile {
  #watcher: FSWatcher | null = null;
  #poll: NodeJS.Timeout | null = null;
  #settle: NodeJS.Timeout | null = null;
  #seen = '';

  constructor(readonly path: string) {}

  read(): FileContent {
    this.#seen = this.#fingerprint();
    try {
      return { kind: 'text', text: readFileSync(this.path, 'utf8') };
    } catch (error) {
      const code = errorCode(error);
      return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'unreadable', reason: code || 'unknown reason' };
    }
  }

  /** Calls `changed` after each change since the last read, until closed. */
  watch(changed: () => void): void {
    const look = (): void => {
      if (this.#fingerprint() === this.#seen || this.#settle) return;
      this.#settle = setTimeout(() => {
        this.#settle = null;
        changed();
      }, SETTLE_MS);
    };
    this.#poll = setInterval(look, POLL_MS);
    // A watcher that fails (too many of them on this machine) leaves the poll, which is enough.
    this.#watcher = watch(this.path, { ignoreInitial: true }).on('all', look).on('error', look);
  }

  async close(): Promise<void> {
    if (this.#poll) clearInterval(this.#poll);
    if (this.#settle) clearTimeout(this.#settle);
    await this.#watcher?.close();
  }

  #fingerprint(): string {
    try {
      const { mtimeNs, size, ino } = statSync(this.path, { bigint: true });
      return `${mtimeNs}/${size}/${ino}`;
    } catch (error) {
      return errorCode(error);
    }
  }
}
