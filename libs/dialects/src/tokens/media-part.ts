/** What of a request is no text: each provider has its own formula for it (`media-tokens.ts`). */
export interface MediaFacts {
  readonly images: readonly ImagePart[];
  /** Pictures beyond those of `images`, which has `IMAGES_MAX` at most. */
  readonly moreImages: number;
  /** Base64 characters of sound. */
  readonly audioCharacters: number;
  readonly audios: number;
  /** Pages of the files in which they could be counted. */
  readonly pages: number;
  /** Tokens of the other files, by their size. */
  readonly unpagedTokens: number;
  readonly files: number;
}

export interface ImagePart {
  /** Pixels; null when only the provider can see it (an address) or its header is none that we know. */
  readonly size: ImageSize | null;
  /** As the client asked; null when it did not, or in a word that we do not know. */
  readonly detail: 'low' | 'high' | 'original' | null;
}

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** No provider takes more pictures in one request than a few hundred. */
export const IMAGES_MAX = 256;
