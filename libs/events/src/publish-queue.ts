import type { OutgoingEvent } from './event-log.js';

/** One call of `publish`: it is answered once, when all of its events are durable or one of them is not. */
export interface Publication {
  left: number;
  isOver: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface QueuedEvent {
  readonly event: OutgoingEvent;
  readonly bytes: number;
  readonly publication: Publication;
}

export interface QueueLimits {
  readonly events: number;
  readonly bytes: number;
}

/** Events that wait to be sent, in the order in which they were published. */
export class PublishQueue {
  private waiting: QueuedEvent[] = [];
  private waitingBytes = 0;

  constructor(private readonly limits: QueueLimits) {}

  get length(): number {
    return this.waiting.length;
  }

  /** One call may be larger than the queue when nothing else waits: it could never be made otherwise. */
  hasRoomFor(events: number, bytes: number): boolean {
    if (this.waiting.length === 0) return true;
    return this.waiting.length + events <= this.limits.events && this.waitingBytes + bytes <= this.limits.bytes;
  }

  add(entries: readonly QueuedEvent[]): void {
    for (const entry of entries) {
      this.waiting.push(entry);
      this.waitingBytes += entry.bytes;
    }
  }

  /** Takes the oldest out, within the limits of one send, but at least one. */
  take(limits: QueueLimits): readonly QueuedEvent[] {
    let count = 0;
    let bytes = 0;
    for (const entry of this.waiting) {
      if (count > 0 && (count >= limits.events || bytes + entry.bytes > limits.bytes)) break;
      count++;
      bytes += entry.bytes;
    }
    const taken = this.waiting.slice(0, count);
    this.waiting = this.waiting.slice(count);
    this.waitingBytes -= bytes;
    return taken;
  }

  /**
   * Takes out what is left of calls that are answered: when their first events failed, the later ones of the same key
   * must not stand in the log before the caller's next try.
   */
  dropAnswered(): void {
    this.waiting = this.waiting.filter(({ publication }) => !publication.isOver);
    this.waitingBytes = this.waiting.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  takeAll(): readonly QueuedEvent[] {
    const all = this.waiting;
    this.waiting = [];
    this.waitingBytes = 0;
    return all;
  }
}

export function confirm(entries: readonly QueuedEvent[]): void {
  for (const { publication } of entries) {
    publication.left--;
    if (publication.left > 0 || publication.isOver) continue;
    publication.isOver = true;
    publication.resolve();
  }
}

export function refuse(entries: readonly QueuedEvent[], error: unknown): void {
  for (const { publication } of entries) {
    if (publication.isOver) continue;
    publication.isOver = true;
    publication.reject(error);
  }
}
