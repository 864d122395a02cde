import type { ToldStream } from '../call/told-stream.js';
import type { TokenLogprob } from '../turn/turn-event.js';
import type { Seal, TurnCitation } from '../turn/turn-part.js';
import { responsesEvent } from './responses-events.js';

export type ItemStatus = 'completed' | 'incomplete';

/** Where an item stands in its stream. */
export interface ItemPlace {
  /** Read anew for each event. */
  readonly told: ToldStream;
  readonly outputIndex: number;
  readonly id: string;
}

/** One output item under way. Every method gives the events that it makes, as text. */
export interface OpenItem {
  open(): string;
  /** More text of one of its parts. */
  delta(part: number, text: string, logprobs: readonly TokenLogprob[]): string;
  seal(seal: Seal): void;
  cite(part: number, citation: TurnCitation): string;
  /** A part has ended. */
  endPart(part: number): string;
  /** The item has ended; its last event holds it whole. Once. */
  end(status: ItemStatus): string;
  /** JSON of the item as its last event told it; null before. */
  readonly finished: string | null;
}

/** What all items have alike: their two events, and how they are numbered. */
export class ItemEvents {
  finished: string | null = null;

  constructor(private readonly place: ItemPlace) {}

  get id(): string {
    return this.place.id;
  }

  added(item: object): string {
    return this.event('response.output_item.added', `"item":${JSON.stringify(item)}`);
  }

  done(item: object): string {
    this.finished = JSON.stringify(item);
    return this.event('response.output_item.done', `"item":${this.finished}`);
  }

  /** An event about something inside the item. */
  inside(type: string, members: string): string {
    return this.event(type, `"item_id":"${this.place.id}",${members}`);
  }

  private event(type: string, members: string): string {
    const { told, outputIndex } = this.place;
    return responsesEvent(told, type, `"output_index":${outputIndex},${members}`);
  }
}
