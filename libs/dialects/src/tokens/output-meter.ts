import { countStringTokens } from './token-estimator.js';
import type { ByteRange } from '../json/scan-document.js';

/** Text inside the quotes of a string that differs from one event to the next. */
export interface TextSlot extends ByteRange {
  /** The model wrote it. */
  readonly isContent: boolean;
  /** Its tokens count; false for text that stands in the event twice. */
  readonly isCounted: boolean;
}

/** No tokenizer takes fewer bytes a token over a whole answer; an upstream that sends single letters sends no tokens. */
const BYTES_PER_EVENT_MIN = 2;

/**
 * Counts output tokens while an answer runs: the estimate over the bytes of content, reasoning and tool arguments, or the
 * number of events that carried some, whichever is more. Most upstreams send one token an event, so the second is exact
 * there and the first covers those that send several at once.
 */
export class OutputMeter {
  /** Anything but a role was seen, a tool call's name included. */
  hasContent = false;
  private hundredths = 0;
  private events = 0;
  private bytes = 0;

  get tokens(): number {
    const events = Math.min(this.events, this.bytes / BYTES_PER_EVENT_MIN);
    return Math.ceil(Math.max(this.hundredths / 100, events));
  }

  add(text: { readonly hundredths: number; readonly textBytes: number; readonly hasContent: boolean }): void {
    if (text.hasContent) this.hasContent = true;
    if (text.textBytes === 0) return;
    this.events++;
    this.bytes += text.textBytes;
    this.hundredths += text.hundredths;
  }

  addSlots(bytes: Buffer, slots: readonly TextSlot[]): void {
    let hundredths = 0;
    let textBytes = 0;
    for (const { start, end, isCounted } of slots) {
      if (!isCounted) continue;
      textBytes += end - start;
      hundredths += countStringTokens(bytes, start, end);
    }
    this.add({ hundredths, textBytes, hasContent: false });
  }
}
