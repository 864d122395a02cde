import type { Logger } from '@apilink/service';

import type { ComponentHistory } from '../history/component-history.service.js';
import type { SnapshotRepository } from '../snapshot/snapshot.repository.js';
import type { ComponentService } from './component.service.js';

const TICK_MS = 1_000;
/** The board is written to disk after a change, and at least so often. */
const SNAPSHOT_MS = 30_000;

export interface BoardKeeperOptions {
  readonly components: ComponentService;
  readonly history: Pick<ComponentHistory, 'record'>;
  readonly snapshot: Pick<SnapshotRepository, 'write'>;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Looks every second what has changed, also by silence, and keeps it: in the history, and on disk. */
export class BoardKeeper {
  #timer: NodeJS.Timeout | null = null;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;
  #isDiskBad = false;

  constructor(private readonly options: BoardKeeperOptions) {}

  start(): void {
    this.#timer = setInterval(() => {
      this.#running ??= this.keep().finally(() => {
        this.#running = null;
      });
    }, TICK_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#running;
    await this.keep();
    await this.#write();
  }

  /** One look; public for tests, which own the clock. Never rejects. */
  async keep(): Promise<void> {
    const { components, history, now } = this.options;
    const changes = components.changes();
    if (changes.length > 0 || now() - this.#writtenAt >= SNAPSHOT_MS) await this.#write();
    await history.record(changes);
  }

  async #write(): Promise<void> {
    const { components, snapshot, logger, now } = this.options;
    try {
      await snapshot.write(components.memory());
      this.#isDiskBad = false;
    } catch (error) {
      if (!this.#isDiskBad) logger.warn({ err: error }, 'The last board cannot be written to APILINK_DATA_DIR.');
      this.#isDiskBad = true;
    }
    this.#writtenAt = now();
  }
}
