import type { GenerationId } from '@apilink/contracts';
import type { OutgoingEvent } from '@apilink/events';
import type { Logger } from '@apilink/service';

import type { LogStanding } from './log-standing.service.js';
import { within } from './patience.service.js';
import {
  PUBLISHED_AT_ONCE,
  PUBLISH_MS_MAX,
  type HandOver,
  type UsageBacklog,
  type WaitingEvent,
} from './usage-backlog.service.js';

/**
 * A healthy log answers within milliseconds. One that has not answered by now may still do, but its events are lost with
 * this process: they go to the disk meanwhile, and so does all that follows.
 */
const SLOW_MS = 250;

/** Writes a `hold.opened`, once it is known that it will be sent. */
type WriteOpening = () => OutgoingEvent;

export interface UsagePublisherServices {
  readonly standing: LogStanding;
  readonly backlog: UsageBacklog;
  readonly logger: Logger;
  /** How often a log that is away is told again, ms. */
  readonly replayMs: number;
  /**
   * Events are gathered this long, ms, or to a whole batch: one send per event costs ten times as much, and nobody waits
   * for them. It is also what a kill -9 of the edge may lose while the log answers: those holds expire, at no charge.
   */
  readonly gatherMs: number;
}

/**
 * Brings usage events to the log, in order and in batches. While the log is away, `usage.final` goes to the spool at
 * once; when the disk fails too, it stays in memory, new requests are refused and what runs still settles.
 */
export class UsagePublisher {
  #queue: WaitingEvent[] = [];
  /** Of holds that have opened within this gathering. One whose `usage.final` goes with the same batch is not sent. */
  #openings = new Map<GenerationId, WriteOpening>();
  #isSending = false;
  /** A batch that the log has not answered yet: its events are on the disk too. */
  #late: Promise<void> | null = null;
  #gatherTimer: NodeJS.Timeout | null = null;
  #replayTimer: NodeJS.Timeout | null = null;
  #idle: (() => void)[] = [];

  constructor(private readonly services: UsagePublisherServices) {}

  start(): void {
    this.#replayTimer ??= setInterval(() => {
      if (!this.services.backlog.isEmptying) void this.replay();
    }, this.services.replayMs);
  }

  stop(): void {
    if (this.#replayTimer !== null) clearInterval(this.#replayTimer);
    this.#replayTimer = null;
  }

  /** True while new requests must be refused. */
  isFull(): boolean {
    return this.services.backlog.isFull();
  }

  /** True while the log does not take events. */
  get isLogAway(): boolean {
    return this.services.standing.isAway;
  }

  /** Events that are neither in the log nor on the disk. */
  get strandedEvents(): number {
    return this.services.backlog.strandedEvents;
  }

  /** True when the log has taken everything. */
  get isDone(): boolean {
    return !this.#hasWaiting && !this.#isSending && this.services.backlog.isEmpty;
  }

  opened(holdId: GenerationId, write: WriteOpening): void {
    if (this.isLogAway) return;
    this.#openings.set(holdId, write);
    this.#gather();
  }

  final(event: OutgoingEvent, holdId: GenerationId): void {
    this.#openings.delete(holdId);
    this.#queue.push({ event, settles: holdId });
    this.#gather();
  }

  /** Resolves when every event told so far has its place: in the log, on the disk, or, when both fail, in memory. */
  async rest(): Promise<void> {
    if (!this.#hasWaiting && !this.#isSending) return;
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
      if (!this.#isSending) void this.#send();
    });
  }

  /** Tries once to bring to the log what waits for it. Never rejects. */
  async replay(): Promise<void> {
    if (this.#late !== null) return;
    await this.services.backlog.replay();
    if (this.isDone) this.services.backlog.forgetLate();
  }

  /** Gives to somebody else what the log does not take (UsageBacklog.handOver). */
  async handOver(give: HandOver): Promise<void> {
    await this.services.backlog.handOver(give);
  }

  get #hasWaiting(): boolean {
    return this.#queue.length + this.#openings.size > 0;
  }

  #gather(): void {
    // For the disk nothing is gathered: until it is there, an event is lost with the process.
    if (this.isLogAway || this.#queue.length + this.#openings.size >= PUBLISHED_AT_ONCE) void this.#send();
    else this.#gatherTimer ??= setTimeout(() => void this.#send(), this.services.gatherMs);
  }

  async #send(): Promise<void> {
    if (this.#gatherTimer !== null) clearTimeout(this.#gatherTimer);
    this.#gatherTimer = null;
    // One batch at a time keeps the order of an account; what comes meanwhile makes the next batch larger.
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#hasWaiting) {
      const batch = this.#takeWaiting();
      for (let from = 0; from < batch.length; from += PUBLISHED_AT_ONCE) {
        const part = batch.slice(from, from + PUBLISHED_AT_ONCE);
        if (!(await this.#toLog(part))) await this.services.backlog.keep(part);
      }
    }
    this.#isSending = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #takeWaiting(): readonly WaitingEvent[] {
    const openings = Array.from(this.#openings.values(), (write) => ({ event: write(), settles: null }));
    const finals = this.#queue;
    this.#openings = new Map();
    this.#queue = [];
    return openings.length === 0 ? finals : [...openings, ...finals];
  }

  /** False when the log has not taken them, or not yet. */
  async #toLog(batch: readonly WaitingEvent[]): Promise<boolean> {
    const { standing, backlog, logger } = this.services;
    if (standing.isAway) return false;
    try {
      const work = standing.log.publish(batch.map(({ event }) => event));
      const answer = await within(SLOW_MS, work);
      if (answer === 'late') {
        this.#awaitLate(work, batch);
        return false;
      }
    } catch (error) {
      standing.noteAway();
      logger.error({ err: error, events: batch.length }, 'the event log is away: usage events go to the spool');
      return false;
    }
    backlog.taken(batch);
    return true;
  }

  #awaitLate(work: Promise<void>, batch: readonly WaitingEvent[]): void {
    const { standing, logger } = this.services;
    standing.noteAway();
    logger.warn({ events: batch.length }, 'the event log is slow or away: usage events go to the spool');
    this.#late = this.#answered(work, batch);
  }

  /** Resolves when the log has answered, or is not waited for any longer. */
  async #answered(work: Promise<void>, batch: readonly WaitingEvent[]): Promise<void> {
    const { backlog, logger } = this.services;
    try {
      await within(
        PUBLISH_MS_MAX,
        work.then(() => backlog.takenLate(batch)),
      );
    } catch (error) {
      logger.debug({ err: error }, 'the event log did not take a batch');
    } finally {
      this.#late = null;
    }
  }
}
