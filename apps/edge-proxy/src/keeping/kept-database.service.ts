import type { Database, Sql } from '@apilink/postgres';
import { ApiError, type Logger } from '@apilink/service';

/** How long a start waits for Postgres; the edge serves without it. */
const START_MS_MAX = 3_000;
const RETRY_MS = 1_000;
/** A failure that lasts is told again after so many attempts. */
const TELL_EVERY = 60;

export interface KeptDatabaseParts {
  readonly open: () => Promise<Pick<Database, 'query' | 'close'>>;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  readonly retryMs?: number;
}

class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

/**
 * The Postgres of what clients ask to be kept. It may be away, from the start on or at any time: whoever needs it is
 * refused within a bounded time, and nobody else notices.
 */
export class KeptDatabase {
  #database: Pick<Database, 'query' | 'close'> | null = null;
  #isStopped = false;
  #timer: NodeJS.Timeout | null = null;
  #failures = 0;
  #isAway = true;
  #probe: NodeJS.Timeout | null = null;

  constructor(private readonly parts: KeptDatabaseParts) {}

  /** The last word from it was a failure, or there has been none. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Resolves when it is open, or when nobody should wait for it any longer; it is then tried again on its own. */
  async start(): Promise<void> {
    let timer: NodeJS.Timeout | null = null;
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, START_MS_MAX);
    });
    await Promise.race([this.#open(), waited]);
    if (timer !== null) clearTimeout(timer);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#probe !== null) clearTimeout(this.#probe);
    const database = this.#database;
    this.#database = null;
    await database?.close();
  }

  /**
   * Runs work of plain statements. Rejects with the ApiError `storage_unavailable` when Postgres is away or takes longer
   * than the deadline; what it does then may still take effect.
   */
  async run<Result>(work: (sql: Sql) => Promise<Result>, deadlineMs: number): Promise<Result> {
    const database = this.#database;
    if (database === null) throw unavailable(new Error('there is no connection to Postgres yet'));
    let timer: NodeJS.Timeout | null = null;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new TimedOut(`Postgres took longer than ${deadlineMs} ms`)), deadlineMs);
    });
    try {
      const result = await Promise.race([work(database), late]);
      this.#isAway = false;
      return result;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      this.#noteAway();
      throw unavailable(error);
    } finally {
      if (timer !== null) clearTimeout(timer);
    }
  }

  /** Whoever can go on without it does so until it has answered again. */
  #noteAway(): void {
    this.#isAway = true;
    if (this.#probe !== null || this.#isStopped) return;
    this.#probe = setTimeout(() => {
      this.#probe = null;
      this.run(async (sql) => sql.query('SELECT 1'), this.#retryMs).catch(() => undefined);
    }, this.#retryMs);
    this.#probe.unref();
  }

  get #retryMs(): number {
    return this.parts.retryMs ?? RETRY_MS;
  }

  async #open(): Promise<void> {
    if (this.#isStopped) return;
    const { logger, open } = this.parts;
    try {
      const database = await open();
      if (this.#isStopped) {
        await database.close();
        return;
      }
      this.#database = database;
      this.#isAway = false;
      if (this.#failures > 0) logger.info('What clients ask to be kept can be kept again.');
    } catch (error) {
      this.#failures += 1;
      if (this.#failures % TELL_EVERY === 1) {
        logger.warn({ err: error }, 'What clients ask to be kept cannot be kept: Postgres is tried again.');
      }
      this.#timer = setTimeout(() => void this.#open(), this.#retryMs);
      this.#timer.unref();
    }
  }
}

function unavailable(cause: unknown): ApiError {
  return new ApiError('storage_unavailable', {}, cause);
}
