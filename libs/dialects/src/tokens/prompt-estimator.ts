import { closingQuote } from '../json/json-bytes.js';
import { decodeKey } from '../json/json-members.js';
import { QuoteFinder } from '../json/quote-finder.js';
import type { DocumentVisitor } from '../json/scan-document.js';
import type { MediaFinder } from './media-finder.js';
import { MediaReader } from './media-reader.js';
import { TextSample } from './text-sample.js';
import { StringTokens } from './token-estimator.js';

/** Of a request's strings so much is counted byte by byte; the rest is sampled. */
const EXACT_BYTES = 4 * 1024;
/** JSON outside of strings (braces, quotes, commas, numbers), hundredths of a token a byte. */
const STRUCTURE_WEIGHT = 40;
/** `"1h"`, without its quotes. */
const HOUR = [0x31, 0x68] as const;

/**
 * Adds up what the values of a request are expected to cost as prompt, while `scanDocument` walks over it. Of members that
 * `isSetting` names nothing is counted. Control characters and broken escapes are noticed in the first 4 KiB of all strings
 * and in the top-level keys; what comes after is sampled and not checked: the provider refuses it.
 */
export class PromptEstimator implements DocumentVisitor {
  /** Whether some value is `"1h"`: where a request asks for an hour of cache it says so with `"ttl": "1h"`. */
  saysHour = false;
  private readonly strings = new StringTokens();
  private readonly sample: TextSample;
  private exactLeft = EXACT_BYTES;
  private finder: QuoteFinder | null = null;
  private hundredths = 0;
  private counts = false;

  constructor(
    private readonly bytes: Buffer,
    private readonly isSetting: (key: string) => boolean,
    random: () => number,
    readonly media: MediaFinder = new MediaReader(bytes),
  ) {
    this.sample = new TextSample(random);
  }

  /** Of all that is text. */
  get tokens(): number {
    return Math.ceil((this.hundredths + this.sample.hundredths) / 100);
  }

  /** The byte at which a string breaks JSON's rules; null while all is well. */
  get brokenOffset(): number | null {
    return this.strings.brokenOffset;
  }

  topLevelKey(open: number): number {
    const quote = this.strings.read(this.bytes, open, this.bytes.length) ?? -1;
    if (quote >= 0 && this.brokenOffset === null) {
      const key = decodeKey(this.bytes, open, quote + 1);
      this.counts = !this.isSetting(key);
      this.media.leave();
      this.media.counts = key === 'messages' || key === 'input';
    }
    return quote;
  }

  string(open: number, isKey: boolean): number {
    if (!isKey && this.media.mayTake) {
      const quote = this.closing(open);
      if (quote > 0 && this.media.take(open, quote)) return quote;
    }
    const quote = this.exactLeft > 0 ? this.exact(open) : this.sampled(open);
    if (quote < 0) return quote;
    if (this.counts) this.hundredths += 2 * STRUCTURE_WEIGHT;
    if (isKey) this.media.noteKey(open, quote);
    else if (quote - open === 3) this.noteShort(open);
    return quote;
  }

  structure(bytes: number): void {
    if (this.counts) this.hundredths += bytes * STRUCTURE_WEIGHT;
  }

  private exact(open: number): number {
    const { bytes, strings } = this;
    const quote = strings.read(bytes, open, this.exactLeft);
    const { countedTo } = strings;
    this.exactLeft -= countedTo - open;
    if (this.counts) this.hundredths += strings.hundredths;
    if (quote !== null) return quote;
    // What was counted ends outside of an escape: the byte before is like an opening quote.
    const end = this.closing(countedTo - 1);
    if (end > 0 && this.counts) this.sample.take(bytes, countedTo, end);
    return end;
  }

  private sampled(open: number): number {
    const quote = this.closing(open);
    if (quote > 0 && this.counts) this.sample.take(this.bytes, open + 1, quote);
    return quote;
  }

  private closing(open: number): number {
    if (this.exactLeft > 0) return closingQuote(this.bytes, open);
    this.finder ??= new QuoteFinder(this.bytes);
    return this.finder.closing(open);
  }

  private noteShort(open: number): void {
    if (this.bytes[open + 1] === HOUR[0] && this.bytes[open + 2] === HOUR[1]) this.saysHour = true;
  }
}
