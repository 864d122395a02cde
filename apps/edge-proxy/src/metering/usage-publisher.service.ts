import type { GenerationId } from '@apilink/contracts';
import type { EventLog, OutgoingEvent } from '@apilink/events';
import type { Logger } from '@apilink/service';

import type { SpoolService } from '../spool/spool.service.js';
import type { HoldKeeper } from './hold-keeper.service.js';

/** Events are gathered this long, or to this many (docs/architecture.md: one send per event costs ten times as much). */
const GATHER_MS = 5;
const BATCH_MAX = 200;
/** A log that does not answer within this time is away; its events may be there all the same, and are idempotent. */
const PUBLISH_MS_MAX = 5_000;
const REPLAY_MS = 1_000;

interface Waiting {
  readonly event: OutgoingEvent;
  /** Null for `hold.opened`: it is a hint, its facts stand in `usage.final` too. */
  readonly settles: GenerationId | null;
}

/**
 * Brings usage events to the log, in order and in batches. While the log is away, `usage.final` goes to the spool; when
 * the disk fails too, it stays in memory, new requests are refused and what runs still settles.
 */
export class UsagePublisher {
  #queue: Waiting[] = [];
  /** Neither the log nor the disk took them. */
  #stranded: Waiting[] = [];
  #isSending = false;
  #isLogAway = false;
  #gatherTimer: NodeJS.Timeout | null = null;
  #replayTimer: NodeJS.Timeout | null = null;
  #idle: (() => void)[] = [];

  constructor(
    private readonly log: EventLog,
    private readonly spool: SpoolService,
    private readonly keeper: HoldKeeper,
    private readonly logger: Logger,
    private readonly generationOf: (event: OutgoingEvent) => GenerationId | null,
  ) {}

  start(): void {
    this.#replayTimer ??= setInterval(() => void this.#replay(), REPLAY_MS);
  }

  /** True while new requests must be refused. */
  isFull(): boolean {
    return this.spool.isFull() || this.#stranded.length > 0;
  }

  opened(event: OutgoingEvent): void {
    if (!this.#isLogAway) this.#enqueue({ event, settles: null });
  }

  final(event: OutgoingEvent, holdId: GenerationId): void {
    this.#enqueue({ event, settles: holdId });
  }

  /**
   * At drain: returns when every event is in the log or on the disk, rejects when some are in neither. One more replay
   * is tried, so that a spool is not left behind for a hiccup.
   */
  async flush(): Promise<void> {
    await this.#quiet();
    await this.#replay();
    if (this.#stranded.length > 0) await this.#strandedToDisk();
    if (this.#stranded.length > 0) {
      throw new Error(`${this.#stranded.length} usage events are neither in the event log nor on the disk`);
    }
  }

  stop(): void {
    if (this.#replayTimer !== null) clearInterval(this.#replayTimer);
    this.#replayTimer = null;
  }

  #enqueue(waiting: Waiting): void {
    this.#queue.push(waiting);
    if (this.#queue.length >= BATCH_MAX) void this.#send();
    else this.#gatherTimer ??= setTimeout(() => void this.#send(), GATHER_MS);
  }

  async #send(): Promise<void> {
    if (this.#gatherTimer !== null) clearTimeout(this.#gatherTimer);
    this.#gatherTimer = null;
    // One batch at a time keeps the order of an account; what comes meanwhile makes the next batch larger.
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      for (let from = 0; from < batch.length; from += BATCH_MAX)
        await this.#deliver(batch.slice(from, from + BATCH_MAX));
    }
    this.#isSending = false;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }

  async #deliver(batch: readonly Waiting[]): Promise<void> {
    if (!this.#isLogAway) {
      try {
        await this.#publish(batch.map(({ event }) => event));
        this.#acknowledge(batch);
        return;
      } catch (error) {
        this.#isLogAway = true;
        this.logger.error({ err: error, events: batch.length }, 'the event log is away: usage events go to the spool');
      }
    }
    const finals = batch.filter(({ settles }) => settles !== null);
    if (finals.length === 0) return;
    try {
      await this.spool.add(finals.map(({ event }) => event));
    } catch (error) {
      this.#stranded.push(...finals);
      this.logger.error(
        { err: error, events: finals.length },
        'the spool cannot be written: usage events stay in memory',
      );
    }
  }

  async #replay(): Promise<void> {
    if (this.#isSending || (!this.#isLogAway && this.spool.isEmpty && this.#stranded.length === 0)) return;
    this.#isSending = true;
    try {
      await this.#replayStranded();
      await this.#replaySpool();
      if (this.#isLogAway) this.logger.info('the event log is back');
      this.#isLogAway = false;
    } catch (error) {
      this.#isLogAway = true;
      this.logger.debug({ err: error }, 'usage events still wait for the event log');
    }
    this.#isSending = false;
    await this.#send();
  }

  async #replayStranded(): Promise<void> {
    const stranded = this.#stranded;
    if (stranded.length === 0) return;
    await this.#publish(stranded.map(({ event }) => event));
    this.#stranded = this.#stranded.slice(stranded.length);
    this.#acknowledge(stranded);
    this.spool.forgiveDisk();
  }

  async #replaySpool(): Promise<void> {
    for (;;) {
      const batch = await this.spool.oldest();
      if (batch === null) return;
      for (let from = 0; from < batch.events.length; from += BATCH_MAX) {
        const events = batch.events.slice(from, from + BATCH_MAX);
        await this.#publish(events);
        this.#acknowledge(events.map((event) => ({ event, settles: this.generationOf(event) })));
      }
      await this.spool.acknowledge(batch.segment);
    }
  }

  async #strandedToDisk(): Promise<void> {
    try {
      await this.spool.add(this.#stranded.map(({ event }) => event));
      this.#stranded = [];
    } catch (error) {
      this.logger.error({ err: error }, 'the spool cannot be written');
    }
  }

  #acknowledge(batch: readonly Waiting[]): void {
    for (const { settles } of batch) if (settles !== null) this.keeper.acknowledged(settles);
  }

  async #publish(events: readonly OutgoingEvent[]): Promise<void> {
    let timer: NodeJS.Timeout | null = null;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('the event log did not answer in time')), PUBLISH_MS_MAX);
    });
    try {
      await Promise.race([this.log.publish(events), tooLate]);
    } finally {
      if (timer !== null) clearTimeout(timer);
    }
  }

  /** Resolves when nothing waits to be sent. */
  async #quiet(): Promise<void> {
    if (this.#queue.length === 0 && !this.#isSending) return;
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
      if (!this.#isSending) void this.#send();
    });
  }
}
