import { z } from 'zod';

import type { OutgoingEvent } from '@apilink/events';

import type { SpoolRepository } from './spool.repository.js';

/** What a spool may hold before new requests are refused (docs/money.md, Settlement). */
export interface SpoolBounds {
  readonly bytesMax: number;
  readonly ageMsMax: number;
}

const recordSchema = z.object({
  spooledAt: z.number().int(),
  event: z.object({
    topic: z.string(),
    key: z.string(),
    id: z.string(),
    type: z.string(),
    source: z.string(),
    time: z.number().int(),
    traceparent: z.string().optional(),
    body: z.string(),
  }),
});
type SpoolRecord = z.output<typeof recordSchema>;

export interface SpooledBatch {
  readonly segment: number;
  readonly events: readonly OutgoingEvent[];
}

/** Usage events that the log did not take, safe on the disk until it does: in this process or the next. */
export class SpoolService {
  #oldestAt: number | null = null;
  #diskFailed = false;
  /** One file operation at a time: an append must not meet the rotation of a replay. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly repository: SpoolRepository,
    private readonly bounds: SpoolBounds,
    private readonly now: () => number,
  ) {}

  /** Reads what an earlier process left; gives its events, so that their holds are renewed again. */
  async open(): Promise<readonly OutgoingEvent[]> {
    await this.repository.open();
    const records = (await this.repository.readAll()).flatMap(parseRecord);
    this.#oldestAt = records[0]?.spooledAt ?? null;
    return records.map((record) => eventOf(record));
  }

  get bytes(): number {
    return this.repository.bytes;
  }

  get isEmpty(): boolean {
    return this.repository.bytes === 0;
  }

  /** Events that are added later stand in a segment with a higher number; 0 when the spool is empty. */
  get newestSegment(): number {
    return this.repository.newest;
  }

  /** True while new requests must be refused: their events would have no place. */
  isFull(): boolean {
    if (this.#diskFailed || this.repository.bytes >= this.bounds.bytesMax) return true;
    return this.#oldestAt !== null && this.now() - this.#oldestAt >= this.bounds.ageMsMax;
  }

  /** Returns when the events are on the disk. Rejects when the disk does not take them: then they stay the caller's. */
  async add(events: readonly OutgoingEvent[]): Promise<void> {
    const spooledAt = this.now();
    const payloads = events.map((event) => Buffer.from(JSON.stringify({ spooledAt, event })));
    await this.#inTurn(async () => {
      try {
        await this.repository.append(payloads);
        this.#diskFailed = false;
      } catch (error) {
        this.#diskFailed = true;
        throw error;
      }
    });
    this.#oldestAt ??= spooledAt;
  }

  /** The oldest segment; null when the spool is empty. Damaged records are left out: their checksum failed. */
  async oldest(): Promise<SpooledBatch | null> {
    return this.#inTurn(async () => {
      const segment = await this.repository.oldest();
      if (segment === null) return null;
      const records = segment.payloads.flatMap(parseRecord);
      this.#oldestAt = records[0]?.spooledAt ?? this.#oldestAt;
      return { segment: segment.number, events: records.map((record) => eventOf(record)) };
    });
  }

  /** The log has taken the whole segment. */
  async acknowledge(segment: number): Promise<void> {
    await this.#inTurn(async () => this.repository.remove(segment));
    if (this.repository.bytes === 0) this.#oldestAt = null;
  }

  /** What could not be written found its way to the log: the disk gets another chance. */
  forgiveDisk(): void {
    this.#diskFailed = false;
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => this.repository.close());
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function parseRecord(payload: Buffer): SpoolRecord[] {
  const result = recordSchema.safeParse(JSON.parse(payload.toString('utf8')));
  return result.success ? [result.data] : [];
}

function eventOf(record: SpoolRecord): OutgoingEvent {
  const { traceparent, ...event } = record.event;
  return traceparent === undefined ? event : { ...event, traceparent };
}
