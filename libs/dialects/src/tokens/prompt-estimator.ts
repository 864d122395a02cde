import { closingQuote } from '../json/json-bytes.js';
import { decodeKey } from '../json/json-members.js';
import type { DocumentVisitor } from '../json/scan-document.js';
import { StringTokens } from './token-estimator.js';

/**
 * Tokens of one image, whatever its size: we do not decode it. Above what OpenAI (≤ 1,445) and Anthropic (≤ 1,600) count
 * for a large picture at full detail; what a model counts beyond is learned by its input factor.
 */
export const IMAGE_TOKENS = 1600;
/** Audio is counted by time (10 tokens a second); the thinnest usual encoding has 2,700 base64 characters a second. */
const AUDIO_CHARACTERS_PER_TOKEN = 256;
/** A file's pages are read as text and as pictures; a dense PDF has a token for about 8 base64 characters. */
const FILE_CHARACTERS_PER_TOKEN = 8;
const FILE_TOKENS_MAX = 65_536;
/** Shorter strings are text even when they are base64. */
const MEDIA_BYTES_MIN = 1024;

/** JSON outside of strings (braces, quotes, commas, numbers), hundredths of a token a byte. */
const STRUCTURE_WEIGHT = 40;

type Media = 'image' | 'audio' | 'file';

/**
 * Adds up what the values of a request are expected to cost as prompt, while `scanDocument` walks over it. Of members that
 * `isSetting` names nothing is counted, but their strings are checked all the same.
 */
export class PromptEstimator implements DocumentVisitor {
  readonly media = { image: 0, audio: 0, file: 0 };
  private readonly strings: StringTokens;
  private hundredths = 0;
  private counts = false;
  /** The media part whose payload is still to come, by its key. */
  private awaited: Media | null = null;
  private awaitsPayload = false;

  constructor(
    private readonly bytes: Buffer,
    private readonly isSetting: (key: string) => boolean,
    random: () => number,
  ) {
    this.strings = new StringTokens(random);
  }

  get tokens(): number {
    return Math.ceil(this.hundredths / 100);
  }

  /** The byte at which a string breaks JSON's rules; null while all is well. */
  get brokenOffset(): number | null {
    return this.strings.brokenOffset;
  }

  topLevelKey(open: number): number {
    const quote = this.strings.read(this.bytes, open);
    if (quote >= 0 && this.brokenOffset === null) {
      this.counts = !this.isSetting(decodeKey(this.bytes, open, quote + 1));
      this.awaited = null;
    }
    return quote;
  }

  string(open: number, isKey: boolean): number {
    const { bytes } = this;
    if (!isKey && (bytes[open + 1] === 0x64 || (this.awaitsPayload && this.awaited !== null))) {
      const quote = closingQuote(bytes, open);
      if (quote - open > MEDIA_BYTES_MIN && this.addMedia(open + 1, quote)) return quote;
    }
    const quote = this.strings.read(bytes, open);
    if (this.counts) this.hundredths += 2 * STRUCTURE_WEIGHT + this.strings.hundredths;
    if (isKey && quote >= 0) this.noteKey(open + 1, quote);
    return quote;
  }

  structure(bytes: number): void {
    if (this.counts) this.hundredths += bytes * STRUCTURE_WEIGHT;
  }

  /** Keys of the content parts that carry more than text; the lengths are compared first, they settle nearly all keys. */
  private noteKey(start: number, end: number): void {
    const length = end - start;
    this.awaitsPayload = false;
    if (length !== 3 && length !== 4 && length !== 9 && length !== 11) return;
    const key = this.bytes.toString('latin1', start, end);
    if (key === 'image_url') this.begin('image');
    else if (key === 'input_audio') this.begin('audio');
    else if (key === 'file') this.begin('file');
    else this.awaitsPayload = key === 'data' || key === 'file_data' || key === 'url';
  }

  private begin(media: Media): void {
    if (!this.counts) return;
    this.awaited = media;
    this.count(media);
  }

  private count(media: Media): void {
    this.media[media]++;
    if (media === 'image') this.hundredths += IMAGE_TOKENS * 100;
  }

  /** Whether the string is a payload and not text: a data URL, or base64 where a media part has its data. */
  private addMedia(start: number, end: number): boolean {
    const head = this.bytes.toString('latin1', start, start + 256);
    const isUrl = head.startsWith('data:') && head.includes(';base64,');
    const isPayload = this.awaited !== null && this.awaitsPayload && /^[A-Za-z0-9+/_=-]+$/.test(head);
    if (!isUrl && !isPayload) return false;
    const awaited = this.awaited;
    this.awaited = null;
    if (!this.counts) return true;
    const media = isUrl ? mediaOf(head) : (awaited ?? 'file');
    if (media === 'audio') this.hundredths += Math.ceil(((end - start) * 100) / AUDIO_CHARACTERS_PER_TOKEN);
    else if (media === 'file') this.hundredths += 100 * fileTokens(end - start);
    else if (awaited !== 'image') this.count('image');
    return true;
  }
}

function mediaOf(dataUrl: string): Media {
  if (dataUrl.startsWith('data:image/')) return 'image';
  return dataUrl.startsWith('data:audio/') ? 'audio' : 'file';
}

function fileTokens(characters: number): number {
  return Math.min(Math.ceil(characters / FILE_CHARACTERS_PER_TOKEN), FILE_TOKENS_MAX);
}
