import { mediaAddressProblem } from '../address/media-address.js';
import { decodeKey } from '../json/json-members.js';
import { Base64Reader } from './base64-reader.js';
import { imageSize } from './image-size.js';
import type { MediaFinder } from './media-finder.js';
import { IMAGES_MAX, type ImagePart, type MediaFacts } from './media-part.js';
import { pdfPages } from './pdf-pages.js';

/** A PDF whose pages cannot be counted: a dense one has a token for about 8 base64 characters. */
const FILE_CHARACTERS_PER_TOKEN = 8;
/** Also of one that only the provider has. */
const FILE_TOKENS_MAX = 65_536;
/** Shorter strings are text even when they are base64. */
const MEDIA_BYTES_MIN = 100;

const noMedia: MediaFacts = {
  images: [],
  moreImages: 0,
  audioCharacters: 0,
  audios: 0,
  pages: 0,
  unpagedTokens: 0,
  files: 0,
};

/** What is longer is refused as an address, or is none. */
const ADDRESS_BYTES_MAX = 10_000;

type Media = 'image' | 'audio' | 'file';

interface OpenImage {
  size: ImagePart['size'];
  detail: ImagePart['detail'];
}

/** Finds the parts of a chat request that are no text, by their keys, while its strings go by. */
export class MediaReader implements MediaFinder {
  /** Whether what goes by are messages: elsewhere these keys are a tool's own, and what stands there is text. */
  counts = false;
  private readonly images: OpenImage[] = [];
  private moreImages = 0;
  private audios = 0;
  private audioCharacters = 0;
  private files = 0;
  private pages = 0;
  private unpagedTokens = 0;
  /** The media part whose payload is still to come, by its key. */
  private awaited: Media | null = null;
  private awaitsPayload = false;
  private awaitsDetail = false;
  /** The next string is the value of a key that names addresses. */
  private awaitsAddress = false;
  /** Some address may not be asked for (`mediaAddressProblem`); whether it is a medium's, the document tells. */
  hasDoubtfulAddress = false;
  /** The picture under way, and the closing quote of the last string that is known to stand in it. */
  private image: OpenImage | null = null;
  private imageEnd = -1;

  constructor(private readonly bytes: Buffer) {}

  get facts(): MediaFacts {
    if (this.images.length === 0 && this.audios === 0 && this.files === 0) return noMedia;
    const { images, moreImages, audios, audioCharacters, files, pages } = this;
    // A file that is still awaited came without its bytes: only the provider knows it.
    const unseen = this.awaited === 'file' ? FILE_TOKENS_MAX : 0;
    return { images, moreImages, audios, audioCharacters, files, pages, unpagedTokens: this.unpagedTokens + unseen };
  }

  /** Another top-level member begins. */
  leave(): void {
    this.forgetAwaited();
    this.awaitsPayload = false;
    this.awaitsDetail = false;
    this.awaitsAddress = false;
    this.image = null;
  }

  /** False for nearly all values: those are text. */
  get mayTake(): boolean {
    return this.awaitsPayload || this.awaitsDetail || this.awaitsAddress;
  }

  /**
   * Whether the value is a payload and not text: a data URL or base64 where a media part has its data. Anywhere else it is the
   * text that its provider reads it as.
   */
  take(open: number, quote: number): boolean {
    if (this.awaitsAddress) this.noteAddress(open, quote);
    if (this.awaitsDetail) this.takeDetail(open, quote);
    else if (quote - open > MEDIA_BYTES_MIN && this.takePayload(open + 1, quote)) return true;
    else if (this.awaited === 'image') {
      // An address: only the provider can look.
      this.awaited = null;
      this.awaitsPayload = false;
      this.imageEnd = quote;
    }
    return false;
  }

  /** Keys of the content parts that carry more than text; the first letter and the length settle nearly all keys. */
  noteKey(open: number, quote: number): void {
    if (!this.counts) return;
    const { bytes } = this;
    this.awaitsPayload = false;
    this.awaitsDetail = false;
    this.awaitsAddress = false;
    const first = bytes[open + 1];
    if (first !== 0x64 && first !== 0x66 && first !== 0x69 && first !== 0x75 && first !== 0x76) return;
    const length = quote - open - 1;
    if (length > 11 || length < 3) return;
    switch (bytes.toString('latin1', open + 1, quote)) {
      case 'image_url':
        this.begin('image', quote);
        this.awaitsAddress = true;
        break;
      case 'input_audio':
        this.begin('audio', quote);
        break;
      case 'file':
      case 'video_url':
        this.begin('file', quote);
        this.awaitsAddress = true;
        break;
      case 'detail':
        this.awaitsDetail = this.image !== null && this.isSameObject(open);
        if (this.awaitsDetail) this.imageEnd = quote;
        break;
      case 'url':
        if (this.image !== null && this.isSameObject(open)) this.imageEnd = quote;
        this.awaitsPayload = this.awaited !== null;
        this.awaitsAddress = true;
        break;
      case 'file_url':
        // Responses' parts have no `file` around them.
        this.begin('file', quote);
        this.awaitsAddress = true;
        break;
      case 'file_data':
        if (this.awaited !== 'file') this.begin('file', quote);
        this.awaitsPayload = true;
        this.awaitsAddress = true;
        break;
      case 'data':
        this.awaitsPayload = this.awaited !== null;
        break;
      default:
    }
  }

  /**
   * Whether the key at `open` stands in the object of the picture under way: right behind its brace or behind another member
   * of it. A `detail` elsewhere is nobody's, and must not make a picture cheaper than its provider counts it.
   */
  private isSameObject(open: number): boolean {
    if (open - this.imageEnd > 64) return false;
    const between = this.bytes.toString('latin1', this.imageEnd + 1, open).replaceAll(/\s/g, '');
    return between === ',' || between === ':{';
  }

  private noteAddress(open: number, quote: number): void {
    this.awaitsAddress = false;
    const { bytes } = this;
    // `data:` and plain base64 are no addresses, however long they are.
    if (bytes[open + 1] === 0x64 && bytes[open + 5] === 0x3a) return;
    const end = Math.min(quote + 1, open + ADDRESS_BYTES_MAX);
    const address = end === quote + 1 ? decodeKey(bytes, open, end) : bytes.toString('latin1', open + 1, end);
    if (mediaAddressProblem('', address) !== null) this.hasDoubtfulAddress = true;
  }

  private begin(media: Media, quote: number): void {
    this.forgetAwaited();
    this.awaited = media;
    if (media === 'image') {
      this.addImage();
      this.imageEnd = quote;
      // A value that is the address itself.
      this.awaitsPayload = true;
    } else if (media === 'audio') this.audios++;
    else this.files++;
  }

  private forgetAwaited(): void {
    if (this.awaited === 'file') this.unpagedTokens += FILE_TOKENS_MAX;
    this.awaited = null;
  }

  private addImage(): void {
    this.image = null;
    if (this.images.length === IMAGES_MAX) {
      this.moreImages++;
      return;
    }
    this.image = { size: null, detail: null };
    this.images.push(this.image);
  }

  private takeDetail(open: number, quote: number): void {
    this.awaitsDetail = false;
    this.imageEnd = quote;
    const detail = this.bytes.toString('latin1', open + 1, Math.min(quote, open + 20));
    if (this.image !== null && (detail === 'low' || detail === 'high' || detail === 'original')) {
      this.image.detail = detail;
    }
  }

  private takePayload(start: number, end: number): boolean {
    const head = this.bytes.toString('latin1', start, Math.min(end, start + 256));
    const comma = head.startsWith('data:') ? head.indexOf(';base64,') : -1;
    const isPayload = this.awaited !== null && this.awaitsPayload && /^[A-Za-z0-9+/_=-]+$/.test(head);
    if (comma < 0 && !isPayload) return false;
    const { awaited } = this;
    this.awaited = null;
    this.awaitsPayload = false;
    const media = comma >= 0 ? mediaOf(head) : (awaited ?? 'file');
    const payload = new Base64Reader(this.bytes, comma < 0 ? start : start + comma + 8, end);
    // What its key named and what its data is may differ: it is counted as what it is.
    if (awaited === 'file' && media !== 'file') this.files--;
    if (awaited === 'audio' && media !== 'audio') this.audios--;
    if (media === 'image') this.addPicture(awaited, payload, end);
    else if (media === 'audio') {
      if (awaited !== 'audio') this.audios++;
      this.audioCharacters += end - start;
    } else {
      if (awaited !== 'file') this.files++;
      this.addFile(payload, end - start);
    }
    return true;
  }

  private addPicture(awaited: Media | null, payload: Base64Reader, end: number): void {
    if (awaited !== 'image') this.addImage();
    if (this.image !== null) this.image.size = imageSize(payload);
    this.imageEnd = end;
  }

  private addFile(payload: Base64Reader, characters: number): void {
    const pages = pdfPages(payload);
    if (pages === null) {
      this.unpagedTokens += Math.min(Math.ceil(characters / FILE_CHARACTERS_PER_TOKEN), FILE_TOKENS_MAX);
    } else this.pages += pages;
  }
}

function mediaOf(dataUrl: string): Media {
  if (dataUrl.startsWith('data:image/')) return 'image';
  return dataUrl.startsWith('data:audio/') ? 'audio' : 'file';
}
