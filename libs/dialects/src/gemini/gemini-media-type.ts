/** Formats of sound as OpenAI names them, and their media types. */
const soundTypes: readonly (readonly [format: string, mediaType: string])[] = [
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mp3'],
  ['aac', 'audio/aac'],
  ['flac', 'audio/flac'],
  ['ogg', 'audio/ogg'],
  ['opus', 'audio/opus'],
  ['aiff', 'audio/aiff'],
  ['m4a', 'audio/m4a'],
  ['webm', 'audio/webm'],
  ['pcm16', 'audio/pcm'],
  ['pcm', 'audio/pcm'],
];

const otherNames: ReadonlyMap<string, string> = new Map([
  ['audio/mpeg', 'mp3'],
  ['audio/x-wav', 'wav'],
  ['audio/wave', 'wav'],
  ['audio/mp4', 'm4a'],
]);

export function soundType(format: string): string {
  return soundTypes.find(([name]) => name === format.toLowerCase())?.[1] ?? `audio/${format.toLowerCase()}`;
}

export function soundFormat(mediaType: string): string {
  const plain = mediaType.split(';')[0]?.trim().toLowerCase() ?? '';
  const known = soundTypes.find(([, type]) => type === plain)?.[0];
  return known ?? otherNames.get(plain) ?? plain.slice(plain.indexOf('/') + 1);
}

const typesOfEndings: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/md'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['xml', 'text/xml'],
  ['json', 'application/json'],
]);

/** By the ending of an address or a file's name; `otherwise` where it says nothing. */
export function mediaTypeOfName(name: string, otherwise: string): string {
  const path = name.split(/[?#]/)[0] ?? '';
  const ending = /\.([a-z0-9]{2,5})$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  return typesOfEndings.get(ending) ?? otherwise;
}
