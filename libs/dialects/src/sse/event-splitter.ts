import { EventBoundary } from './event-boundary.js';
import { eventFields } from './event-fields.js';
import { PartialEvent } from './partial-event.js';
import { StreamOpening } from './stream-opening.js';

/** One whole event of a stream. */
export interface SplitEvent {
  /** The `event:` field; null without one. */
  readonly name: string | null;
  /** The data lines, joined by line feeds; null without data (a comment). May share memory with the read. */
  readonly data: Buffer | null;
  /** The event as it came, its blank line included. */
  readonly raw: Buffer;
}

/** Cuts an event stream into its events, wherever the reads end; for streams whose every event is parsed. */
export class EventSplitter {
  private readonly opening = new StreamOpening();
  private readonly boundary = new EventBoundary();
  private readonly partial = new PartialEvent();

  /** Bytes of an event that has not ended. */
  get waitingBytes(): number {
    return this.partial.length;
  }

  /** The body is no event stream, and more of it would tell nothing. */
  get isForeign(): boolean {
    return this.opening.isHopeless;
  }

  /** What came instead of a stream; empty while it is one, or nothing came. */
  get foreignText(): string {
    return this.opening.isStream ? '' : this.opening.text;
  }

  /** The events that end in this read, in order. */
  split(read: Buffer): SplitEvent[] {
    const events: SplitEvent[] = [];
    const chunk = this.opening.isStream ? read : this.opening.add(read);
    if (chunk === null || chunk.length === 0) return events;
    let at: number = this.boundary.begin(chunk);
    while (at < chunk.length) {
      const end = this.boundary.find(chunk, at);
      if (end < 0) {
        this.partial.add(chunk.subarray(at));
        return events;
      }
      events.push(splitEvent(this.whole(chunk.subarray(at, end))));
      at = end;
    }
    return events;
  }

  /** The body has ended: what came without its blank line, which is often forgotten. */
  rest(): SplitEvent | null {
    if (this.partial.isEmpty) return null;
    return splitEvent(Buffer.concat([this.partial.take(), blankLine]));
  }

  private whole(piece: Buffer): Buffer {
    if (this.partial.isEmpty) return piece;
    this.partial.add(piece);
    return this.partial.take();
  }
}

function splitEvent(raw: Buffer): SplitEvent {
  const { name, data } = eventFields(raw, 0, raw.length);
  return { name, data: data === null ? null : data.bytes.subarray(data.start, data.end), raw };
}

const blankLine = Buffer.from('\n\n');
