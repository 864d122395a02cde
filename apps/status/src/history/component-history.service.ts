import type { Database } from '@apilink/postgres';
import type { Logger } from '@apilink/service';

import type { ComponentChange } from '../component/component.service.js';
import { recordChanges } from './component-change.repository.js';

/** Changes that wait for a database that is away; beyond, the oldest are lost. */
const WAITING_MAX = 1_000;

export interface ComponentHistoryOptions {
  readonly database: () => Promise<Database>;
  readonly logger: Logger;
  /** Told of the last change of a component as it stands in the history. */
  readonly onRecorded: (change: ComponentChange) => void;
}

/** Writes changes down when the database is there; the page never waits for it. */
export class ComponentHistory {
  #waiting: ComponentChange[] = [];
  #isAway = false;

  constructor(private readonly options: ComponentHistoryOptions) {}

  /** Takes changes and writes those that wait; never rejects. */
  async record(changes: readonly ComponentChange[]): Promise<void> {
    this.#waiting = [...this.#waiting, ...changes].slice(-WAITING_MAX);
    if (this.#waiting.length === 0) return;
    const written = this.#waiting;
    try {
      const recorded = await recordChanges(await this.options.database(), written);
      this.#waiting = this.#waiting.filter((change) => !written.includes(change));
      this.#isAway = false;
      for (const change of recorded) this.options.onRecorded(change);
    } catch (error) {
      if (!this.#isAway)
        this.options.logger.warn({ err: error }, 'The history cannot be written; it is kept for later.');
      this.#isAway = true;
    }
  }
}
