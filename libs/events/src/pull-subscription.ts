import { setTimeout as sleep } from 'node:timers/promises';

import { backoffMs } from './backoff.js';
import { deadLetterOf } from './dead-letter.js';
import type { BatchHandler, EventLogLogger, LoggedEvent, OutgoingEvent, Subscription } from './event-log.js';
import { Waker } from './waker.js';

/** One partition that this member of the group may read now. A new claim of the same partition is a new object. */
export interface OwnedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Where the group stands, read after the claim. */
  readonly committed: bigint;
}

export interface Claim {
  readonly owned: ReadonlySet<OwnedPartition>;
  /** Still owned, but due to another member: to be released as soon as no batch of it runs. */
  readonly leaving: ReadonlySet<OwnedPartition>;
}

/** What a log that is polled tells one member of a group. Everything may reject while the log is away. */
export interface PartitionSource {
  claim(): Promise<Claim>;
  release(partition: OwnedPartition): Promise<void>;
  /** The end offset of each partition of the subscribed topics, by `partitionKey`. */
  ends(): Promise<ReadonlyMap<string, bigint>>;
  fetch(partition: OwnedPartition, from: bigint, max: number): Promise<readonly LoggedEvent[]>;
  /** Rejects when the partition is no longer owned: another member may have gone on from the last commit. */
  commit(partition: OwnedPartition, next: bigint): Promise<void>;
  publish(events: readonly OutgoingEvent[]): Promise<void>;
  leave(): Promise<void>;
}

export function partitionKey({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}

export interface PullOptions {
  readonly group: string;
  readonly batchMax: number;
  readonly handle: BatchHandler;
  readonly logger: EventLogLogger;
  readonly pollMs: number;
  /** So many partitions are handled at the same time at most. */
  readonly partitionsAtOnce: number;
  readonly now: () => number;
}

interface Progress {
  position: bigint;
  failures: number;
  pausedUntil: number;
  /** The place of its last turn among all turns. */
  turn: number;
}

/** Rounds begin at least so far apart: a busy topic wakes its readers more often than there is a batch to read. */
const ROUND_APART_MS = 5;
/** After so many batches in a row a partition makes room for the others. */
const BATCHES_IN_A_ROW = 8;

/**
 * Consumes a polled log. A partition has one batch under way at most; a batch that fails pauses its partition alone and
 * is handed over again, the same events, because the position moves only after the commit.
 */
export class PullSubscription implements Subscription {
  private readonly waker = new Waker();
  private readonly progress = new Map<OwnedPartition, Progress>();
  /** By partition, not by claim: a batch of a claim that was lost must end before the partition is read again. */
  private readonly running = new Map<string, Promise<void>>();
  private readonly loop: Promise<void>;
  private turns = 0;
  private isStopping = false;

  constructor(
    private readonly source: PartitionSource,
    private readonly options: PullOptions,
    readonly topics: readonly string[],
  ) {
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
      const begunAt = performance.now();
      try {
        await this.round();
        failures = 0;
      } catch (error) {
        failures++;
        const { group, logger } = this.options;
        if (failures === 1) logger.warn({ err: error, group }, 'the event log is away; trying again');
      }
      if (this.isStopping) break;
      await this.waker.pause(failures > 0 ? backoffMs(failures) : this.pauseMs());
      const earlyMs = ROUND_APART_MS - (performance.now() - begunAt);
      if (earlyMs > 0 && !this.isStopping) await sleep(earlyMs);
    }
    await Promise.all(this.running.values());
    await this.source.leave().catch(() => undefined);
  }

  private pauseMs(): number {
    const now = this.options.now();
    const pauses = [...this.progress.values()].map(({ pausedUntil }) => pausedUntil - now).filter((ms) => ms > 0);
    return Math.min(this.options.pollMs, ...pauses);
  }

  private async round(): Promise<void> {
    const { owned, leaving } = await this.source.claim();
    for (const partition of this.progress.keys()) if (!owned.has(partition)) this.progress.delete(partition);
    for (const partition of leaving) {
      if (!this.running.has(partitionKey(partition))) await this.source.release(partition);
    }
    const ends = await this.source.ends();
    // Who waited longest comes first: in a fixed order a few busy partitions would leave the others nothing.
    const waiting = [...owned].toSorted((left, right) => this.progressOf(left).turn - this.progressOf(right).turn);
    for (const partition of waiting) {
      if (this.isStopping || this.running.size >= this.options.partitionsAtOnce) return;
      const end = ends.get(partitionKey(partition));
      if (end !== undefined && !leaving.has(partition)) this.startIfDue(partition, end);
    }
  }

  private startIfDue(partition: OwnedPartition, end: bigint): void {
    const key = partitionKey(partition);
    const progress = this.progressOf(partition);
    if (this.running.has(key) || end <= progress.position || progress.pausedUntil > this.options.now()) return;
    progress.turn = ++this.turns;
    const work = this.consume(partition, progress, end).finally(() => {
      this.running.delete(key);
      this.waker.wake();
    });
    this.running.set(key, work);
  }

  private progressOf(partition: OwnedPartition): Progress {
    const known = this.progress.get(partition);
    if (known !== undefined) return known;
    const fresh = { position: partition.committed, failures: 0, pausedUntil: 0, turn: 0 };
    this.progress.set(partition, fresh);
    return fresh;
  }

  /** Never rejects. */
  private async consume(partition: OwnedPartition, progress: Progress, end: bigint): Promise<void> {
    try {
      for (let batch = 0; batch < BATCHES_IN_A_ROW && progress.position < end && !this.isStopping; batch++) {
        const events = await this.source.fetch(partition, progress.position, this.options.batchMax);
        const last = events.at(-1);
        // Everything up to the end was committed when the end was read: what is missing was compacted or expired.
        if (last === undefined) progress.position = end;
        else await this.deliver(partition, progress, events, last.offset + 1n);
      }
    } catch (error) {
      progress.failures++;
      progress.pausedUntil = this.options.now() + backoffMs(progress.failures);
      const { topic, partition: number } = partition;
      const facts = { err: error, group: this.options.group, topic, partition: number, failures: progress.failures };
      this.options.logger.warn(facts, 'a batch failed; its partition pauses and the batch comes again');
    }
  }

  private async deliver(
    partition: OwnedPartition,
    progress: Progress,
    events: readonly LoggedEvent[],
    next: bigint,
  ): Promise<void> {
    const { group, handle, logger } = this.options;
    const poison = await handle({ topic: partition.topic, partition: partition.partition, events });
    if (poison.length > 0) {
      const death = { group, attempts: progress.failures + 1, at: this.options.now() };
      await this.source.publish(poison.map((one) => deadLetterOf(one, death)));
      const reasons = poison.slice(0, 5).map(({ event, reason }) => ({ id: event.id, type: event.type, reason }));
      logger.error({ group, topic: partition.topic, count: poison.length, reasons }, 'events went to the dead letters');
    }
    await this.source.commit(partition, next);
    progress.position = next;
    progress.failures = 0;
  }
}
