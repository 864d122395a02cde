import { isTransientDatabaseError, type PostgresDatabase } from '@apilink/postgres';

/**
 * The service's own database, opened when it can be: a page about outages has to start in one. Whoever asks while it is
 * away is refused at once and may ask again.
 */
export class SourceDatabase {
  #open: PostgresDatabase | null = null;
  #opening: Promise<PostgresDatabase> | null = null;

  constructor(private readonly openDatabase: () => Promise<PostgresDatabase>) {}

  get(): Promise<PostgresDatabase> {
    if (this.#open !== null) return Promise.resolve(this.#open);
    this.#opening ??= this.openDatabase().then(
      (database) => {
        this.#open = database;
        return database;
      },
      (error: unknown) => {
        this.#opening = null;
        throw error;
      },
    );
    return this.#opening;
  }

  /** Opens it now, unless it is away; rejects for what an operator has to mend: a wrong password, a newer schema. */
  async tryNow(): Promise<void> {
    try {
      await this.get();
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (!isTransientDatabaseError(error) && !isTransientDatabaseError(cause)) throw error;
    }
  }

  async close(): Promise<void> {
    const database = await this.#opening?.catch(() => null);
    await database?.close();
  }
}
