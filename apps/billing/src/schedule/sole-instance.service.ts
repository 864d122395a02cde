import type { DatabaseSession, PostgresDatabase } from '@apilink/postgres';

/**
 * A role that one instance of billing has at a time: the one whose session holds the advisory lock of that name. It ends
 * exactly when the session does, so another instance takes over as fast as the connection is lost (decision 6).
 */
export class SoleInstance {
  #session: DatabaseSession | null = null;
  #holds = false;
  /** Several tasks may share one role: they ask for it one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly database: Pick<PostgresDatabase, 'openSession'>,
    private readonly role: string,
  ) {}

  /** The session that holds the lock; null while another instance has the role. Rejects when the database is away. */
  take(): Promise<DatabaseSession | null> {
    const taken = this.#turn.then(() => this.#take());
    this.#turn = taken.catch(() => undefined);
    return taken;
  }

  /** Runs work if this instance has the role now; work has to be safe should the role go over while it runs. */
  async run<Result>(work: (session: DatabaseSession) => Promise<Result>): Promise<Result | null> {
    const session = await this.take();
    return session === null ? null : work(session);
  }

  async #take(): Promise<DatabaseSession | null> {
    const session = await this.#open();
    if (this.#holds) {
      // Says that it still stands: a connection that hangs has lost the lock without a word.
      await session.query('SELECT 1');
      return session;
    }
    const [row] = await session.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken',
      [`billing/${this.role}`],
    );
    this.#holds = row?.taken === true;
    return this.#holds ? session : null;
  }

  /** Gives the role up. */
  async end(): Promise<void> {
    await this.#turn;
    const session = this.#session;
    this.#session = null;
    this.#holds = false;
    await session?.end();
  }

  async #open(): Promise<DatabaseSession> {
    if (this.#session?.isOpen === true) return this.#session;
    this.#holds = false;
    this.#session = await this.database.openSession(this.role);
    return this.#session;
  }
}
