import type { TurnSource } from './turn-part.js';

const MEDIA_TYPE_CHARACTERS_MAX = 255;

/** `data:image/png;base64,…` as its bytes, any other address as it is. Null for a `data:` address that is not base64. */
export function sourceOfUrl(url: string): TurnSource | null {
  if (!url.slice(0, 5).toLowerCase().startsWith('data:')) return { from: 'url', url };
  const comma = url.indexOf(',');
  if (comma < 0 || comma > MEDIA_TYPE_CHARACTERS_MAX) return null;
  const [mediaType = '', ...parameters] = url.slice(5, comma).split(';');
  if (parameters.at(-1)?.trim().toLowerCase() !== 'base64') return null;
  return { from: 'base64', mediaType: mediaType.trim().toLowerCase(), data: url.slice(comma + 1) };
}

export function dataUrl(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}
