import { topics, type GenerationId } from '@apilink/contracts';
import type { OutgoingEvent } from '@apilink/events';
import type { Failpoints, Logger } from '@apilink/service';

import { spooledHold } from '../spool/spooled-hold.factory.js';
import type { SpoolService } from '../spool/spool.service.js';
import type { HoldKeeper } from './hold-keeper.service.js';
import type { LogStanding } from './log-standing.service.js';
import { within } from './patience.service.js';
import { withEpoch } from './usage-event.factory.js';

/** Events of one send: both of a batch that is published as it comes, and of one that waited. */
export const PUBLISHED_AT_ONCE = 200;
/** A log that does not answer within this time is away; its events may be there all the same, and are idempotent. */
export const PUBLISH_MS_MAX = 10_000;

export interface WaitingEvent {
  readonly event: OutgoingEvent;
  /** Null for `hold.opened`: it is a hint, its facts stand in `usage.final` too. */
  readonly settles: GenerationId | null;
}

/** Takes events from the edge and gives those back that it will never take. Rejects when it took none. */
export type HandOver = (events: readonly OutgoingEvent[]) => Promise<readonly OutgoingEvent[]>;

export interface UsageBacklogServices {
  readonly standing: LogStanding;
  readonly spool: SpoolService;
  readonly keeper: HoldKeeper;
  readonly logger: Logger;
  readonly failpoints: Failpoints;
}

/**
 * The events that the log has not taken: in the spool, or in memory when the disk fails too. It brings them to the log
 * when that is back, or gives them to somebody else at a drain.
 */
export class UsageBacklog {
  /** Neither the log nor the disk took them. */
  #stranded: WaitingEvent[] = [];
  /** Events of the spool that the log has taken in the end: replaying leaves them out. */
  readonly #takenLate = new Set<string>();
  /** Replays and hand-overs, one at a time. */
  #emptying: Promise<void> | null = null;

  constructor(private readonly services: UsageBacklogServices) {}

  /** True while new requests must be refused. */
  isFull(): boolean {
    return this.services.spool.isFull() || this.#stranded.length > 0;
  }

  get isEmpty(): boolean {
    return this.services.spool.isEmpty && this.#stranded.length === 0;
  }

  get isEmptying(): boolean {
    return this.#emptying !== null;
  }

  /** Events that are neither in the log nor on the disk. */
  get strandedEvents(): number {
    return this.#stranded.length;
  }

  /** To the disk; when that fails, in memory. Openings are not kept. */
  async keep(batch: readonly WaitingEvent[]): Promise<void> {
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

  /** The log has them: from here on their holds are billing's. */
  taken(batch: readonly WaitingEvent[]): void {
    if (batch.some(({ settles }) => settles !== null)) this.services.failpoints.reach('usage.published');
    this.#acknowledge(batch);
  }

  /** The log has them after all, although they were kept meanwhile. */
  takenLate(batch: readonly WaitingEvent[]): void {
    for (const { event, settles } of batch) if (settles !== null) this.#takenLate.add(event.id);
    this.taken(batch);
    this.services.standing.noteBack();
  }

  /** Nothing is on its way to the disk any more that the log has taken late. */
  forgetLate(): void {
    this.#takenLate.clear();
  }

  /** Tries once to bring to the log what waits for it. Never rejects. */
  async replay(): Promise<void> {
    const { standing, logger } = this.services;
    if (!standing.isAway && this.isEmpty) return;
    await this.#alone(async () => {
      try {
        if (this.isEmpty) await this.#probe();
        await this.#replayStranded();
        await this.#replaySpool();
      } catch (error) {
        standing.noteAway();
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

  /** Nothing waits that could show whether the log is back. */
  async #probe(): Promise<void> {
    const { standing } = this.services;
    await inTime(standing.log.endOffsets(topics.usage.name));
    standing.noteBack();
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
      for (let from = 0; from < waiting.length; from += PUBLISHED_AT_ONCE) {
        await this.#publish(waiting.slice(from, from + PUBLISHED_AT_ONCE));
      }
      await spool.acknowledge(batch.segment);
    }
  }

  async #publish(batch: readonly WaitingEvent[]): Promise<void> {
    if (batch.length === 0) return;
    const { standing } = this.services;
    await inTime(standing.log.publish(batch.map(({ event }) => event)));
    this.taken(batch);
    standing.noteBack();
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
  async #give(waiting: readonly WaitingEvent[], give: HandOver): Promise<readonly OutgoingEvent[]> {
    if (waiting.length === 0) return [];
    const refused = await give(waiting.map(({ event }) => event));
    this.#acknowledge(waiting.filter(({ event }) => !refused.includes(event)));
    return refused;
  }

  /**
   * As it has to be told now: while it waited, the gate may have lost its memory and confirmed the hold again, under
   * another epoch.
   */
  #spooled(event: OutgoingEvent): WaitingEvent {
    const spooled = spooledHold(event);
    if (spooled === null) return { event, settles: null };
    const { holdId } = spooled.hold;
    const epoch = this.services.keeper.find(holdId)?.epoch ?? spooled.epoch;
    return { event: epoch > spooled.epoch ? withEpoch(event, epoch) : event, settles: holdId };
  }

  #stillWaiting(waiting: readonly WaitingEvent[]): WaitingEvent[] {
    return waiting.filter(({ event }) => !this.#takenLate.has(event.id));
  }

  #acknowledge(batch: readonly WaitingEvent[]): void {
    for (const { settles } of batch) if (settles !== null) this.services.keeper.acknowledged(settles);
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

async function inTime(work: Promise<unknown>): Promise<void> {
  if ((await within(PUBLISH_MS_MAX, work)) === 'late') throw new Error('the event log did not answer in time');
}
