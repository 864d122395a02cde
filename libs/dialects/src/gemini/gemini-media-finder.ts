import { mediaAddressProblem } from '../address/media-address.js';
import type { RequestProblem } from '../call/request-problem.js';
import { closingQuote, COLON, COMMA, OPEN_BRACE, QUOTE, skipSpace } from '../json/json-bytes.js';
import type { ByteRange } from '../json/scan-document.js';
import { Base64Reader } from '../tokens/base64-reader.js';
import { imageSize } from '../tokens/image-size.js';
import type { MediaFinder } from '../tokens/media-finder.js';
import { IMAGES_MAX, type ImagePart, type MediaFacts } from '../tokens/media-part.js';
import { pdfPages } from '../tokens/pdf-pages.js';

/** See MediaReader: a dense file, and one that only the provider has. */
const FILE_CHARACTERS_PER_TOKEN = 8;
const FILE_TOKENS_MAX = 65_536;
/** Members of `inlineData` and `fileData` that are looked at. */
const MEMBERS_MAX = 6;

const inlineKeys = [Buffer.from('"inlineData"'), Buffer.from('"inline_data"')];
const fileKeys = [Buffer.from('"fileData"'), Buffer.from('"file_data"')];

/** Finds pictures, sound and files of Gemini's parts: `inlineData` {mimeType, data} and `fileData` {mimeType, fileUri}. */
export class GeminiMediaFinder implements MediaFinder {
  /** Parts stand in `contents` and in the system instruction alike, so that the keys alone are looked at. */
  counts = false;
  /** The first address that no provider may be asked to look at. */
  problem: RequestProblem | null = null;
  private readonly images: ImagePart[] = [];
  private moreImages = 0;
  private audios = 0;
  private audioCharacters = 0;
  private files = 0;
  private pages = 0;
  private unpagedTokens = 0;
  /** The opening quote of the payload under way; -1 without one. */
  private payload = -1;

  constructor(private readonly bytes: Buffer) {}

  get facts(): MediaFacts {
    const { images, moreImages, audioCharacters, audios, pages, unpagedTokens, files } = this;
    return { images, moreImages, audioCharacters, audios, pages, unpagedTokens, files };
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
    const length = quote - open + 1;
    if (length < 10 || length > 13) return;
    const isKey = (key: Buffer): boolean =>
      key.length === length && this.bytes.compare(key, 0, length, open, open + length) === 0;
    if (inlineKeys.some(isKey)) this.noteInline(this.textsBehind(quote));
    else if (fileKeys.some(isKey)) this.noteFile(this.textsBehind(quote));
  }

  /** The texts of the object behind a key, up to its first member that is none. */
  private textsBehind(quote: number): ReadonlyMap<string, ByteRange> {
    const { bytes } = this;
    const found = new Map<string, ByteRange>();
    const open = this.valueAt(quote);
    let at = bytes[open] === OPEN_BRACE ? skipSpace(bytes, open + 1) : bytes.length;
    while (found.size < MEMBERS_MAX && bytes[at] === QUOTE) {
      const keyEnd = closingQuote(bytes, at);
      const start = keyEnd < 0 ? bytes.length : this.valueAt(keyEnd);
      const end = bytes[start] === QUOTE ? closingQuote(bytes, start) + 1 : 0;
      if (end <= 0) break;
      const key = bytes.toString('latin1', at + 1, Math.min(keyEnd, at + 32));
      found.set(key.replace('_t', 'T').replace('_u', 'U'), { start, end });
      at = skipSpace(bytes, end);
      if (bytes[at] !== COMMA) break;
      at = skipSpace(bytes, at + 1);
    }
    return found;
  }

  private valueAt(quote: number): number {
    const colon = skipSpace(this.bytes, quote + 1);
    return this.bytes[colon] === COLON ? skipSpace(this.bytes, colon + 1) : this.bytes.length;
  }

  private noteInline(texts: ReadonlyMap<string, ByteRange>): void {
    const data = texts.get('data');
    if (data === undefined) return;
    this.payload = data.start;
    const payload = new Base64Reader(this.bytes, data.start + 1, data.end - 1);
    const characters = data.end - data.start;
    const type = this.text(texts.get('mimeType'));
    if (type.startsWith('image/')) this.addImage(imageSize(payload));
    else if (type.startsWith('audio/')) {
      this.audios++;
      this.audioCharacters += characters;
    } else this.addFile(pdfPages(payload), Math.ceil(characters / FILE_CHARACTERS_PER_TOKEN));
  }

  /** What only the provider can look at: at its most. */
  private noteFile(texts: ReadonlyMap<string, ByteRange>): void {
    const address = this.text(texts.get('fileUri'));
    this.problem ??= mediaAddressProblem('contents', address);
    if (this.text(texts.get('mimeType')).startsWith('image/')) this.addImage(null);
    else this.addFile(null, FILE_TOKENS_MAX);
  }

  private text(range: ByteRange | undefined): string {
    return range === undefined ? '' : this.bytes.toString('utf8', range.start + 1, range.end - 1);
  }

  private addImage(size: ImagePart['size']): void {
    if (this.images.length === IMAGES_MAX) this.moreImages++;
    else this.images.push({ size, detail: null });
  }

  private addFile(pages: number | null, tokens: number): void {
    this.files++;
    if (pages === null) this.unpagedTokens += Math.min(tokens, FILE_TOKENS_MAX);
    else this.pages += pages;
  }
}
