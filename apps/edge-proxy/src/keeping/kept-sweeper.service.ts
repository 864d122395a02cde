import type { Sql } from '@apilink/postgres';

import type { KeepingMetrics } from './keeping-metrics.service.js';
import type { KeptDatabase } from './kept-database.service.js';

const INTERVAL_MS = 60_000;
const BATCH_ROWS = 100;
/** Of one kind in one turn; what is left waits for the next. */
const BATCHES_MAX = 50;
const BATCH_MS_MAX = 10_000;

export interface Swept {
  readonly kind: 'response' | 'idempotent_answer';
  readonly deleteOld: (sql: Sql, rowsMax: number) => Promise<number>;
}

/** Deletes what is kept no longer, in small batches; several edges may do so at once. */
export class KeptSweeper {
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: KeptDatabase,
    private readonly swept: readonly Swept[],
    private readonly metrics: KeepingMetrics,
  ) {}

  start(): void {
    this.#timer = setInterval(() => void this.sweep(), INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Never rejects: a Postgres that is away is told of elsewhere, and the next turn comes. */
  async sweep(): Promise<void> {
    for (const { kind, deleteOld } of this.swept) {
      for (let batch = 0; batch < BATCHES_MAX; batch++) {
        const count = await this.database.run(async (sql) => deleteOld(sql, BATCH_ROWS), BATCH_MS_MAX).catch(() => 0);
        this.metrics.deleted.inc({ kind }, count);
        if (count < BATCH_ROWS) break;
      }
    }
  }
}
