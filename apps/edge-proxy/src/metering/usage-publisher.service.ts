import { topics, type GenerationId } from '@apilink/contracts';
import type { EventLog, OutgoingEvent } from '@apilink/events';
import type { Failpoints, Logger } from '@apilink/service';

import { spooledHold } from '../spool/spooled-hold.factory.js';
import type { SpoolService } from '../spool/spool.service.js';
import type { HoldKeeper } from './hold-keeper.service.js';
import { within } from './patience.service.js';
import { withEpoch } from './usage-event.factory.js';

/**
 * Events are gathered this long, or to this many: one send per event costs ten times as much, and nobody waits for them.
 * It is also what a kill -9 of the edge may lose while the log answers: those holds expire, and are not charged.
 */
const GATHER_MS = 25;
const BATCH_MAX = 200;
/**
 * A healthy log answers within milliseconds. One that has not answered by now may still do, but its events are lost with
 * this process: they go to the disk meanwhile, and so does all that follows.
 */
const SLOW_MS = 250;
/** A log that does not answer within this time is away; its events may be there all the same, and are idempotent. */
const PUBLISH_MS_MAX = 10_000;

interface Waiting {
  readonly event: OutgoingEvent;
  /** Null for `hold.opened`: it is a hint, its facts stand in `usage.final` too. */
  readonly settles: GenerationId | null;
}

/** Writes a `hold.opened`, once it is known that it will be sent. */
type WriteOpening = () => OutgoingEvent;

export interface UsagePublisherServices {
  readonly log: EventLog;
  readonly spool: SpoolService;
  readonly keeper: HoldKeeper;
  readonly logger: Logger;
  readonly failpoints: Failpoints;
  /** How often a log that is away is told again, ms. */
  readonly replayMs: number;
}

/** Takes events from the edge and gives those back that it will never take. Rejects when it took none. */
export type HandOver = (events: readonly OutgoingEvent[]) => Promise<readonly OutgoingEvent[]>;

/**
 * Brings usage events to the log, in order and in batches. While the log is away, `usage.final` goes to the spool at
 * once; when the disk fails too, it stays in memory, new requests are refused and what runs still settles.
 */
export class UsagePublisher {
  #queue: Waiting[] = [];
  /** Of holds that have opened within this gathering. One whose `usage.final` goes with the same batch is not sent. */
  #openings = new Map<GenerationId, WriteOpening>();
  /** Neither the log nor the disk took them. */
  #stranded: Waiting[] = [];
  #isSending = false;
  #isLogAway = false;
  /** A batch that the log has not answered yet: its events are on the disk too. */
  #late: Promise<void> | null = null;
  /** Events of the spool that the log has taken in the end: replaying leaves them out. */
  readonly #takenLate = new Set<string>();
  /** Replays and hand-overs, one at a time. */
  #emptying: Promise<void> | null = null;
  #gatherTimer: NodeJS.Timeout | null = null;
  #replayTimer: NodeJS.Timeout | null = null;
  #idle: (() => void)[] = [];

  constructor(private readonly services: UsagePublisherServices) {}

  start(): void {
    this.#replayTimer ??= setInterval(() => {
      if (this.#emptying === null) void this.replay();
    }, this.services.replayMs);
  }

  stop(): void {
    if (this.#replayTimer !== null) clearInterval(this.#replayTimer);
    this.#replayTimer = null;
  }

  /** True while new requests must be refused. */
  isFull(): boolean {
    return this.services.spool.isFull() || this.#stranded.length > 0;
  }

  /** True while the log does not take events. */
  get isLogAway(): boolean {
    return this.#isLogAway;
  }

  /** Events that are neither in the log nor on the disk. */
  get strandedEvents(): number {
    return this.#stranded.length;
  }

  /** True when the log has taken everything. */
  get isDone(): boolean {
    return !this.#hasWaiting && !this.#isSending && this.#stranded.length === 0 && this.services.spool.isEmpty;
  }

  opened(holdId: GenerationId, write: WriteOpening): void {
    if (this.#isLogAway) return;
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
    const { spool, logger } = this.services;
    if (this.#late !== null || (!this.#isLogAway && spool.isEmpty && this.#stranded.length === 0)) return;
    await this.#alone(async () => {
      try {
        if (spool.isEmpty && this.#stranded.length === 0) await this.#probe();
        await this.#replayStranded();
        await this.#replaySpool();
        if (this.isDone) this.#takenLate.clear();
      } catch (error) {
        this.#isLogAway = true;
        logger.debug({ err: error }, 'usage events still wait for the event log');
      }
    });
  }

  /**
   * Gives to somebody else what the log does not take; what is refused for ever stays on the disk. Rejects when that one
   * is away: then what it has not taken is where it was.
   */
  async handOver(give: HandOver): Promise<void> {
    const { spool } = this.services;
    await this.#alone(async () => {
      if (this.#stranded.length > 0) await this.#strandedToDisk();
      const stranded = this.#stranded;
      const refused = await this.#give(this.#stillWaiting(stranded), give);
      const kept = stranded.filter(({ event }) => refused.includes(event));
      this.#stranded = [...kept, ...this.#stranded.slice(stranded.length)];
      const newest = spool.newestSegment;
      for (let batch = await spool.oldest(); batch !== null; batch = await spool.oldest()) {
        if (batch.segment > newest) return;
        const left = await this.#give(this.#stillWaiting(batch.events.map((event) => this.#spooled(event))), give);
        if (left.length > 0) await spool.add(left);
        await spool.acknowledge(batch.segment);
      }
    });
  }

  get #hasWaiting(): boolean {
    return this.#queue.length + this.#openings.size > 0;
  }

  #gather(): void {
    // For the disk nothing is gathered: until it is there, an event is lost with the process.
    if (this.#isLogAway || this.#queue.length + this.#openings.size >= BATCH_MAX) void this.#send();
    else this.#gatherTimer ??= setTimeout(() => void this.#send(), GATHER_MS);
  }

  async #send(): Promise<void> {
    if (this.#gatherTimer !== null) clearTimeout(this.#gatherTimer);
    this.#gatherTimer = null;
    // One batch at a time keeps the order of an account; what comes meanwhile makes the next batch larger.
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#hasWaiting) {
      const batch = this.#takeWaiting();
      for (let from = 0; from < batch.length; from += BATCH_MAX) {
        const part = batch.slice(from, from + BATCH_MAX);
        if (!(await this.#toLog(part))) await this.#toDisk(part);
      }
    }
    this.#isSending = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #takeWaiting(): readonly Waiting[] {
    const openings = Array.from(this.#openings.values(), (write) => ({ event: write(), settles: null }));
    const finals = this.#queue;
    this.#openings = new Map();
    this.#queue = [];
    return openings.length === 0 ? finals : [...openings, ...finals];
  }

  /** False when the log has not taken them, or not yet. */
  async #toLog(batch: readonly Waiting[]): Promise<boolean> {
    if (this.#isLogAway) return false;
    const { log, logger } = this.services;
    try {
      const work = log.publish(batch.map(({ event }) => event));
      const answer = await within(SLOW_MS, work);
      if (answer === 'late') {
        this.#awaitLate(work, batch);
        return false;
      }
    } catch (error) {
      this.#isLogAway = true;
      logger.error({ err: error, events: batch.length }, 'the event log is away: usage events go to the spool');
      return false;
    }
    this.#taken(batch);
    return true;
  }

  #awaitLate(work: Promise<void>, batch: readonly Waiting[]): void {
    const { logger } = this.services;
    this.#isLogAway = true;
    logger.warn({ events: batch.length }, 'the event log is slow or away: usage events go to the spool');
    this.#late = this.#answered(work, batch);
  }

  /** Resolves when the log has answered, or is not waited for any longer. */
  async #answered(work: Promise<void>, batch: readonly Waiting[]): Promise<void> {
    const answered = async (): Promise<void> => {
      await work;
      for (const { event, settles } of batch) if (settles !== null) this.#takenLate.add(event.id);
      this.#taken(batch);
      this.#noteBack();
    };
    try {
      await within(PUBLISH_MS_MAX, answered());
    } catch (error) {
      this.services.logger.debug({ err: error }, 'the event log did not take a batch');
    } finally {
      this.#late = null;
    }
  }

  async #toDisk(batch: readonly Waiting[]): Promise<void> {
    const finals = batch.filter(({ settles }) => settles !== null);
    if (finals.length === 0) return;
    const { spool, logger, failpoints } = this.services;
    try {
      await spool.add(finals.map(({ event }) => event));
      failpoints.reach('spool.written');
    } catch (error) {
      this.#stranded.push(...finals);
      logger.error({ err: error, events: finals.length }, 'the spool cannot be written: usage events stay in memory');
    }
  }

  /** Nothing waits that could show whether the log is back. */
  async #probe(): Promise<void> {
    await this.#inTime(this.services.log.endOffsets(topics.usage.name));
    this.#noteBack();
  }

  async #replayStranded(): Promise<void> {
    const stranded = this.#stranded;
    if (stranded.length === 0) return;
    await this.#publish(this.#stillWaiting(stranded));
    this.#stranded = this.#stranded.slice(stranded.length);
    this.services.spool.forgiveDisk();
  }

  async #replaySpool(): Promise<void> {
    const { spool } = this.services;
    for (let batch = await spool.oldest(); batch !== null; batch = await spool.oldest()) {
      const waiting = this.#stillWaiting(batch.events.map((event) => this.#spooled(event)));
      for (let from = 0; from < waiting.length; from += BATCH_MAX) {
        await this.#publish(waiting.slice(from, from + BATCH_MAX));
      }
      await spool.acknowledge(batch.segment);
    }
  }

  async #publish(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    await this.#inTime(this.services.log.publish(batch.map(({ event }) => event)));
    this.#taken(batch);
    this.#noteBack();
  }

  async #inTime(work: Promise<unknown>): Promise<void> {
    if ((await within(PUBLISH_MS_MAX, work)) === 'late') throw new Error('the event log did not answer in time');
  }

  async #strandedToDisk(): Promise<void> {
    const stranded = this.#stranded;
    try {
      await this.services.spool.add(stranded.map(({ event }) => event));
      this.#stranded = this.#stranded.slice(stranded.length);
    } catch (error) {
      this.services.logger.error({ err: error }, 'the spool cannot be written');
    }
  }

  /** The events that were refused; all others are settled. */
  async #give(waiting: readonly Waiting[], give: HandOver): Promise<readonly OutgoingEvent[]> {
    if (waiting.length === 0) return [];
    const refused = await give(waiting.map(({ event }) => event));
    this.#acknowledge(waiting.filter(({ event }) => !refused.includes(event)));
    return refused;
  }

  /**
   * As it has to be told now: while it waited, the gate may have lost its memory and confirmed the hold again, under
   * another epoch.
   */
  #spooled(event: OutgoingEvent): Waiting {
    const spooled = spooledHold(event);
    if (spooled === null) return { event, settles: null };
    const { holdId } = spooled.hold;
    const epoch = this.services.keeper.find(holdId)?.epoch ?? spooled.epoch;
    return { event: epoch > spooled.epoch ? withEpoch(event, epoch) : event, settles: holdId };
  }

  #stillWaiting(waiting: readonly Waiting[]): Waiting[] {
    return waiting.filter(({ event }) => !this.#takenLate.has(event.id));
  }

  #taken(batch: readonly Waiting[]): void {
    if (batch.some(({ settles }) => settles !== null)) this.services.failpoints.reach('usage.published');
    this.#acknowledge(batch);
  }

  #acknowledge(batch: readonly Waiting[]): void {
    for (const { settles } of batch) if (settles !== null) this.services.keeper.acknowledged(settles);
  }

  #noteBack(): void {
    if (this.#isLogAway) this.services.logger.info('the event log is back');
    this.#isLogAway = false;
  }

  async #alone(work: () => Promise<void>): Promise<void> {
    const before = this.#emptying;
    const turn = (async () => {
      await before?.catch(() => undefined);
      await work();
    })();
    this.#emptying = turn;
    try {
      await turn;
    } finally {
      if (this.#emptying === turn) this.#emptying = null;
    }
  }
}
