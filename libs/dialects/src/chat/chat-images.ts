import { dataUrl, sourceOfUrl } from '../turn/data-url.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { isRecord, textOf } from '../json/records.js';

/** A picture of an answer (`images`), when its bytes came with it. */
export function readImage(value: unknown): { readonly mediaType: string; readonly data: string } | null {
  const image = isRecord(value) ? value['image_url'] : null;
  const url = isRecord(image) ? textOf(image['url']) : null;
  const source = url === null ? null : sourceOfUrl(url);
  return source?.from === 'base64' ? { mediaType: source.mediaType, data: source.data } : null;
}

/** OpenRouter's form of a picture in an answer. */
export function writeImage(mediaType: string, data: string): JsonRecord {
  return { type: 'image_url', image_url: { url: dataUrl(mediaType, data) } };
}
