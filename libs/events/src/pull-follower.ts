import { backoffMs } from './backoff.js';
import type { EventLogLogger, Follower, LoggedEvent } from './event-log.js';
import { Waker } from './waker.js';

const CHUNK = 500;

export interface FollowedTopic {
  readonly topic: string;
  ends(): Promise<ReadonlyMap<number, bigint>>;
  fetch(partition: number, from: bigint, max: number): Promise<readonly LoggedEvent[]>;
}

/** Reads a topic of a polled log whole, then as it grows. */
export class PullFollower implements Follower {
  readonly caughtUp: Promise<void>;
  readonly topics: readonly string[];
  private settle: { resolve: () => void; reject: (error: Error) => void };
  private readonly waker = new Waker();
  private readonly positions = new Map<number, bigint>();
  private readonly loop: Promise<void>;
  private goal: ReadonlyMap<number, bigint> | null = null;
  private isStopping = false;

  constructor(
    private readonly source: FollowedTopic,
    private readonly handle: (event: LoggedEvent) => void,
    private readonly logger: EventLogLogger,
    private readonly pollMs: number,
  ) {
    this.topics = [source.topic];
    this.caughtUp = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    // Nobody has to listen to a follower that was stopped early.
    this.caughtUp.catch(() => undefined);
    this.loop = this.run();
  }

  wake(): void {
    this.waker.wake();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    this.waker.wake();
    await this.loop;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.isStopping) {
      try {
        await this.round();
        failures = 0;
      } catch (error) {
        failures++;
        if (failures === 1) this.logger.warn({ err: error, topic: this.source.topic }, 'the event log is away');
      }
      if (!this.isStopping) await this.waker.pause(failures > 0 ? backoffMs(failures) : this.pollMs);
    }
    this.settle.reject(new Error(`stopped before ${this.source.topic} was read to its end`));
  }

  private async round(): Promise<void> {
    const ends = await this.source.ends();
    this.goal ??= ends;
    for (const [partition, end] of ends) await this.readTo(partition, end);
    if ([...this.goal].every(([partition, end]) => (this.positions.get(partition) ?? 0n) >= end)) this.settle.resolve();
  }

  private async readTo(partition: number, end: bigint): Promise<void> {
    let position = this.positions.get(partition) ?? 0n;
    while (position < end && !this.isStopping) {
      const events = await this.source.fetch(partition, position, CHUNK);
      for (const event of events) this.hand(event);
      const last = events.at(-1);
      // What is missing up to an end that was read before was compacted away.
      position = last === undefined ? end : last.offset + 1n;
      this.positions.set(partition, position);
    }
  }

  private hand(event: LoggedEvent): void {
    try {
      this.handle(event);
    } catch (error) {
      const facts = { err: error, topic: event.topic, key: event.key, type: event.type, id: event.id };
      this.logger.error(facts, 'a followed event could not be taken; going on');
    }
  }
}
