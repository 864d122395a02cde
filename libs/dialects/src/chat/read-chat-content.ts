import { isRecord, textOf } from '../json/records.js';
import { sourceOfUrl } from '../turn/data-url.js';
import type { DocumentReader } from '../turn/document-reader.js';
import type { CacheMark, TurnPart, TurnSource } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';

/** What a message's `content` says: a text, or a list of parts. An empty text is no part. */
export function readChatContent(reader: DocumentReader, message: JsonRecord, path: string): TurnPart[] {
  const content = message['content'] ?? null;
  if (content === null || content === '') return [];
  if (typeof content === 'string') return [textPart(content)];
  const parts: TurnPart[] = [];
  for (const { value, at } of reader.records(message, 'content', path)) {
    const part = readPart(reader, value, at);
    if (part !== null) parts.push(part);
  }
  return parts;
}

export function textPart(text: string, cache: CacheMark | null = null): TurnPart & { readonly type: 'text' } {
  return { type: 'text', text, cache, citations: [] };
}

function readPart(reader: DocumentReader, part: JsonRecord, at: string): TurnPart | null {
  const type = part['type'];
  const cache = readCacheMark(reader, part, at);
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return textPart(reader.requiredText(part, 'text', `${at}.text`), cache);
    case 'image_url':
      return readImage(reader, part, at, cache);
    case 'input_audio':
      return readAudio(reader, part, at);
    case 'file':
      return readFile(reader, part, at, cache);
    case 'refusal':
      return { type: 'refusal', text: reader.requiredText(part, 'refusal', `${at}.refusal`) };
    default:
      reader.unsupported(`${at}.type`, `content of the kind ${JSON.stringify(textOf(type)?.slice(0, 40) ?? null)}`);
      return null;
  }
}

/** OpenRouter's `cache_control`, and OpenAI's own mark, whose longer lives no other provider has. */
export function readCacheMark(reader: DocumentReader, from: JsonRecord, at: string): CacheMark | null {
  const mark = reader.record(from, 'cache_control', `${at}.cache_control`);
  if (mark !== null) {
    const ttl = reader.oneOf(textOf(mark['ttl']), ['5m', '1h'], `${at}.cache_control.ttl`);
    return { ttl };
  }
  return isRecord(from['prompt_cache_breakpoint']) ? { ttl: null } : null;
}

function readImage(reader: DocumentReader, part: JsonRecord, at: string, cache: CacheMark | null): TurnPart | null {
  const image = part['image_url'];
  const url = isRecord(image) ? textOf(image['url']) : textOf(image);
  const source = url === null ? null : sourceOfUrl(url);
  if (source === null) {
    reader.invalid(`${at}.image_url.url`, 'an address or a data: address in base64');
    return null;
  }
  const told = isRecord(image) ? textOf(image['detail']) : null;
  const detail = reader.oneOf(told, ['low', 'high', 'original', 'auto'], `${at}.image_url.detail`);
  return { type: 'image', source, detail, cache };
}

function readAudio(reader: DocumentReader, part: JsonRecord, at: string): TurnPart {
  const audio = reader.record(part, 'input_audio', `${at}.input_audio`) ?? {};
  return {
    type: 'audio',
    data: reader.requiredText(audio, 'data', `${at}.input_audio.data`),
    format: reader.requiredText(audio, 'format', `${at}.input_audio.format`),
  };
}

function readFile(reader: DocumentReader, part: JsonRecord, at: string, cache: CacheMark | null): TurnPart | null {
  const file = reader.record(part, 'file', `${at}.file`) ?? {};
  const name = reader.text(file, 'filename', `${at}.file.filename`);
  const source = fileSource(reader, file, { name, at });
  return source === null ? null : { type: 'file', source, name, cache };
}

function fileSource(
  reader: DocumentReader,
  file: JsonRecord,
  { name, at }: { readonly name: string | null; readonly at: string },
): TurnSource | null {
  const data = reader.text(file, 'file_data', `${at}.file.file_data`);
  const id = reader.text(file, 'file_id', `${at}.file.file_id`);
  if (data === null) {
    if (id === null) reader.invalid(`${at}.file`, 'file_data or file_id');
    return id === null ? null : { from: 'file', id };
  }
  if (/^(?:data:|https?:)/i.test(data.slice(0, 6))) {
    const source = sourceOfUrl(data);
    if (source === null) reader.invalid(`${at}.file.file_data`, 'a data: address in base64');
    return source;
  }
  return { from: 'base64', mediaType: mediaTypeOf(name), data };
}

/** Bare base64 says nothing of its kind; PDF is what the dialect's files are. */
function mediaTypeOf(name: string | null): string {
  return name?.toLowerCase().endsWith('.txt') === true ? 'text/plain' : 'application/pdf';
}
