import type { MediaFacts } from './media-part.js';

/** Finds what of a prompt is no text, by its keys, while the strings of a document go by. */
export interface MediaFinder {
  /** Whether what goes by are messages: elsewhere these keys are a tool's own, and what stands there is text. */
  counts: boolean;
  /** False for nearly all values: those are text. */
  readonly mayTake: boolean;
  readonly facts: MediaFacts;
  /** Another top-level member begins. */
  leave(): void;
  /** A key, from quote to quote. */
  noteKey(open: number, quote: number): void;
  /** Whether the value is a payload and not text; asked only where `mayTake`. */
  take(open: number, quote: number): boolean;
}
