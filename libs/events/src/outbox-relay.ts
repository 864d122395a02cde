import type { DatabaseSession, PostgresDatabase } from '@apilink/postgres';
import { noFailpoints, type Failpoints } from '@apilink/service';

import { backoffMs } from './backoff.js';
import type { EventLog, EventLogLogger } from './event-log.js';
import { deleteOutbox, outboxChannel, readOutbox } from './outbox.js';
import { Waker } from './waker.js';

const BATCH = 500;
const POLL_MS = 200;
/** How often a relay that is not the active one tries to become it. */
const STANDBY_MS = 1_000;

export interface OutboxRelayOptions {
  readonly database: PostgresDatabase;
  readonly schema: string;
  readonly log: Pick<EventLog, 'publish'>;
  readonly logger: EventLogLogger;
  readonly pollMs?: number;
  /** `outbox.read`: a batch was read; `outbox.published`: it is durable and not yet deleted. */
  readonly failpoints?: Failpoints;
}

/**
 * Publishes what stands in a schema's outbox, oldest first, and deletes it afterwards: a crash in between publishes the
 * same ids again. One relay per schema is active, the one whose session holds the schema's advisory lock; another takes
 * over as soon as that session ends.
 */
export class OutboxRelay {
  private readonly waker = new Waker();
  private session: DatabaseSession | null = null;
  private loop: Promise<void> | null = null;
  private unlisten: Promise<() => Promise<void>> | null = null;
  private isStopping = false;

  constructor(private readonly options: OutboxRelayOptions) {}

  start(): void {
    this.loop ??= this.run();
  }

  /** Publishes what is there now, so that nothing written before is left, then gives the lock up. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.waker.wake();
    await this.loop;
    const unlisten = await this.unlisten?.catch(() => null);
    await unlisten?.();
  }

  private async run(): Promise<void> {
    let failures = 0;
    this.listen();
    while (!this.isStopping) {
      let pauseMs = this.options.pollMs ?? POLL_MS;
      try {
        if (await this.isActive()) await this.relay();
        else pauseMs = STANDBY_MS;
        failures = 0;
      } catch (error) {
        failures++;
        pauseMs = backoffMs(failures);
        const facts = { err: error, schema: this.options.schema, failures };
        if (failures === 1) this.options.logger.warn(facts, 'the outbox cannot be published; trying again');
      }
      if (!this.isStopping) await this.waker.pause(pauseMs);
    }
    await this.finish();
  }

  private async finish(): Promise<void> {
    try {
      if (this.session?.isOpen === true) await this.relay();
    } catch (error) {
      this.options.logger.warn({ err: error, schema: this.options.schema }, 'the outbox is left to the next start');
    }
    await this.session?.end();
  }

  private async isActive(): Promise<boolean> {
    if (this.session?.isOpen === true) return true;
    const { database, schema } = this.options;
    const session = await database.openSession('outbox');
    const [row] = await session.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken',
      [`outbox/${schema}`],
    );
    if (row?.taken !== true) {
      await session.end();
      return false;
    }
    this.session = session;
    return true;
  }

  /** Reads and deletes on the session that holds the lock: who lost it deletes nothing. */
  private async relay(): Promise<void> {
    const { schema, log, failpoints = noFailpoints } = this.options;
    while (this.session !== null) {
      const entries = await readOutbox(this.session, schema, BATCH);
      if (entries.length === 0) return;
      failpoints.reach('outbox.read');
      await log.publish(entries.map(({ event }) => event));
      failpoints.reach('outbox.published');
      await deleteOutbox(this.session, schema, entries);
      if (entries.length < BATCH) return;
    }
  }

  private listen(): void {
    const listening = this.options.database.listen(outboxChannel(this.options.schema), () => this.waker.wake());
    this.unlisten = listening;
    listening.then(
      // What was written before the listener stood has told nobody.
      () => this.waker.wake(),
      (error: unknown) => {
        this.unlisten = null;
        this.options.logger.warn({ err: error }, 'no notifications of the outbox; it is polled');
      },
    );
  }
}
