import { CLOSE_BRACE, closingQuote, COLON, COMMA, OPEN_BRACE, QUOTE, skipSpace } from '../json/json-bytes.js';
import { valueEnd } from '../json/json-members.js';
import type { ByteRange } from '../json/scan-document.js';
import { Base64Reader } from './base64-reader.js';
import { imageSize } from './image-size.js';
import type { MediaFinder } from './media-finder.js';
import { IMAGES_MAX, type ImagePart, type MediaFacts } from './media-part.js';
import { pdfPages } from './pdf-pages.js';

/** See MediaReader: a dense file, and one that only the provider has. */
const FILE_CHARACTERS_PER_TOKEN = 8;
const FILE_TOKENS_MAX = 65_536;
/** Members of a source, and of the block around it, that are looked at. */
const MEMBERS_MAX = 8;
/** Between a block's `type` and its `source`. */
const NEAR_BYTES = 256;

const INPUT = Buffer.from('"input"');
const SOURCE = Buffer.from('"source"');
const TYPE = Buffer.from('"type"');

interface Texts {
  readonly found: ReadonlyMap<string, ByteRange>;
  readonly end: number;
}

/**
 * Finds pictures and documents of Anthropic's content blocks: `{"type": "image", "source": {"type": "base64", "media_type",
 * "data"}}`, by address (`url`) or as a file that the provider keeps (`file_id`). What a tool was called with (`input`) is the
 * tool's own and counts as the text that its model reads.
 */
export class SourceMediaReader implements MediaFinder {
  counts = false;
  /** Addresses that a provider would look at. */
  readonly addresses: string[] = [];
  private readonly images: ImagePart[] = [];
  private moreImages = 0;
  private files = 0;
  private pages = 0;
  private unpagedTokens = 0;
  /** The opening quote of the payload under way; -1 without one. */
  private payload = -1;
  /** Keys before this byte are a tool's own. */
  private skipTo = -1;
  private lastType = { start: -1, end: -1 };

  constructor(private readonly bytes: Buffer) {}

  get facts(): MediaFacts {
    const { images, moreImages, pages, unpagedTokens, files } = this;
    return { images, moreImages, audioCharacters: 0, audios: 0, pages, unpagedTokens, files };
  }

  get mayTake(): boolean {
    return this.payload >= 0;
  }

  leave(): void {
    this.payload = -1;
  }

  take(open: number): boolean {
    if (open !== this.payload) return false;
    this.payload = -1;
    return true;
  }

  noteKey(open: number, quote: number): void {
    if (!this.counts || open < this.skipTo) return;
    const length = quote - open + 1;
    if (length === TYPE.length && this.isKey(open, TYPE)) this.noteType(quote);
    else if (length === SOURCE.length && this.isKey(open, SOURCE)) this.noteSource(open, quote);
    else if (length === INPUT.length && this.isKey(open, INPUT))
      this.skipTo = valueEnd(this.bytes, this.valueAt(quote));
  }

  private isKey(open: number, key: Buffer): boolean {
    return this.bytes.compare(key, 0, key.length, open, open + key.length) === 0;
  }

  private valueAt(quote: number): number {
    const colon = skipSpace(this.bytes, quote + 1);
    return this.bytes[colon] === COLON ? skipSpace(this.bytes, colon + 1) : this.bytes.length;
  }

  private noteType(quote: number): void {
    const start = this.valueAt(quote);
    if (this.bytes[start] === QUOTE) this.lastType = { start, end: valueEnd(this.bytes, start) };
  }

  private noteSource(open: number, quote: number): void {
    const start = this.valueAt(quote);
    if (this.bytes[start] !== OPEN_BRACE) return;
    const { found: source, end } = this.texts(start);
    const kind = this.text(source.get('type'));
    const mediaType = this.text(source.get('media_type')) ?? '';
    const data = source.get('data');
    if (kind === 'base64' && data !== undefined) this.addPayload(mediaType, data);
    else if (kind === 'url' || kind === 'file') {
      const url = this.text(source.get('url'));
      if (url !== null) this.addresses.push(url);
      this.addUnseen(this.blockType(open, end));
    }
  }

  /**
   * The texts of an object up to its first member that is none (a source of blocks has its own sources inside), and where the
   * object ends; -1 when it has more. No value is walked over but texts, so that nesting costs nothing.
   */
  private texts(open: number): Texts {
    const { bytes } = this;
    const found = new Map<string, ByteRange>();
    let at = skipSpace(bytes, open + 1);
    while (found.size < MEMBERS_MAX && bytes[at] === QUOTE) {
      const keyEnd = closingQuote(bytes, at);
      const start = keyEnd < 0 ? bytes.length : this.valueAt(keyEnd);
      const end = bytes[start] === QUOTE ? closingQuote(bytes, start) + 1 : 0;
      if (end <= 0) break;
      found.set(bytes.toString('latin1', at + 1, Math.min(keyEnd, at + NEAR_BYTES)), { start, end });
      at = skipSpace(bytes, end);
      if (bytes[at] === CLOSE_BRACE) return { found, end: at + 1 };
      if (bytes[at] !== COMMA) break;
      at = skipSpace(bytes, at + 1);
    }
    return { found, end: -1 };
  }

  private text(range: ByteRange | undefined): string | null {
    return range === undefined ? null : this.bytes.toString('utf8', range.start + 1, range.end - 1);
  }

  /** The `type` of the block that has this source: in front of it in the same object, or behind it. */
  private blockType(source: number, sourceEnd: number): string | null {
    const { bytes, lastType } = this;
    const between = source - lastType.end;
    if (lastType.end > 0 && between < NEAR_BYTES && !/[{}]/.test(bytes.toString('latin1', lastType.end, source))) {
      return this.text(lastType);
    }
    const behind = sourceEnd < 0 ? bytes.length : skipSpace(bytes, sourceEnd);
    return bytes[behind] === COMMA ? this.text(this.texts(behind).found.get('type')) : null;
  }

  private addPayload(mediaType: string, data: ByteRange): void {
    this.payload = data.start;
    const payload = new Base64Reader(this.bytes, data.start + 1, data.end - 1);
    if (mediaType.startsWith('image/')) {
      this.addImage(imageSize(payload));
      return;
    }
    this.files++;
    const pages = pdfPages(payload);
    if (pages !== null) this.pages += pages;
    else {
      const tokens = Math.ceil((data.end - data.start) / FILE_CHARACTERS_PER_TOKEN);
      this.unpagedTokens += Math.min(tokens, FILE_TOKENS_MAX);
    }
  }

  /** What only the provider can look at: at its most. */
  private addUnseen(block: string | null): void {
    if (block === 'image') {
      this.addImage(null);
      return;
    }
    this.files++;
    this.unpagedTokens += FILE_TOKENS_MAX;
  }

  private addImage(size: ImagePart['size']): void {
    if (this.images.length === IMAGES_MAX) this.moreImages++;
    else this.images.push({ size, detail: null });
  }
}
