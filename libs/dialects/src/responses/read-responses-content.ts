import { mediaAddressProblem } from '../address/media-address.js';
import { isRecord, listOf, textOf } from '../json/records.js';
import type { AudioPart, FilePart, ImagePart, RefusalPart, TextPart, TurnSource } from '../turn/turn-part.js';
import { sourceOfUrl } from '../turn/data-url.js';
import type { JsonRecord } from '../turn/turn-request.js';
import type { DocumentReader } from '../turn/document-reader.js';
import { citationsOf } from './responses-parts.js';

export type ContentPart = TextPart | ImagePart | FilePart | AudioPart | RefusalPart;

/** A text or a list of content parts. */
export function readResponsesContent(content: unknown, path: string, problems: DocumentReader): ContentPart[] {
  if (typeof content === 'string') return [textPart(content)];
  if (content === undefined || content === null) return [];
  if (!Array.isArray(content)) problems.invalid(path, 'a text or a list of parts');
  return listOf(content).flatMap((part, index) => readPart(part, `${path}[${index}]`, problems));
}

function readPart(part: unknown, path: string, problems: DocumentReader): ContentPart[] {
  if (!isRecord(part)) {
    problems.invalid(path, 'an object');
    return [];
  }
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
      return [{ ...textPart(textOf(part['text']) ?? ''), citations: citationsOf(part['annotations']) }];
    case 'refusal':
      return [{ type: 'refusal', text: textOf(part['refusal']) ?? '' }];
    case 'input_image':
      return readImage(part, path, problems);
    case 'input_file':
      return readFile(part, path, problems);
    case 'input_audio':
      return readAudio(part, path, problems);
    default:
      problems.unsupported(`${path}.type`, `a part of type ${String(part['type']).slice(0, 60)} is not known`);
      return [];
  }
}

export function textPart(text: string): TextPart {
  return { type: 'text', text, cache: null, citations: [] };
}

const details: ReadonlySet<unknown> = new Set(['low', 'high', 'original', 'auto']);

function isDetail(detail: unknown): detail is NonNullable<ImagePart['detail']> {
  return details.has(detail);
}

function readImage(part: JsonRecord, path: string, problems: DocumentReader): ImagePart[] {
  const { image_url: address, detail } = part;
  const url = isRecord(address) ? textOf(address['url']) : textOf(address);
  const file = textOf(part['file_id']);
  const source = url === null ? fileSource(file) : sourceOf(url, `${path}.image_url`, problems);
  if (source === null) {
    problems.invalid(`${path}.image_url`, 'a URL');
    return [];
  }
  return [{ type: 'image', source, detail: isDetail(detail) ? detail : null, cache: null }];
}

function readFile(part: JsonRecord, path: string, problems: DocumentReader): FilePart[] {
  const name = textOf(part['filename']);
  const url = textOf(part['file_url']);
  const data = textOf(part['file_data']);
  let source = fileSource(textOf(part['file_id']));
  if (url !== null) source = sourceOf(url, `${path}.file_url`, problems);
  else if (data !== null) source = dataSource(data, `${path}.file_data`, problems);
  if (source !== null) return [{ type: 'file', source, name, cache: null }];
  problems.invalid(path, 'file_data, file_url or file_id');
  return [];
}

function fileSource(id: string | null): TurnSource | null {
  return id === null ? null : { from: 'file', id };
}

/** Bare base64, which some clients send, is a PDF: nothing else is ever sent without its type. */
function dataSource(data: string, path: string, problems: DocumentReader): TurnSource {
  return data.startsWith('data:')
    ? sourceOf(data, path, problems)
    : { from: 'base64', mediaType: 'application/pdf', data: checkedBase64(data, path, problems) };
}

function sourceOf(url: string, path: string, problems: DocumentReader): TurnSource {
  const source = sourceOfUrl(url);
  if (source?.from === 'base64') return { ...source, data: checkedBase64(source.data, path, problems) };
  if (source === null) problems.invalid(path, 'a data URL in base64');
  else problems.problem ??= mediaAddressProblem(path, url);
  return { from: 'url', url };
}

function checkedBase64(data: string, path: string, problems: DocumentReader): string {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(data)) problems.invalid(path, 'base64');
  return data;
}

function readAudio(part: JsonRecord, path: string, problems: DocumentReader): AudioPart[] {
  const { input_audio: audio } = part;
  const told = isRecord(audio) ? audio : part;
  const data = textOf(told['data']);
  if (data === null) {
    problems.invalid(`${path}.input_audio`, 'data and format');
    return [];
  }
  return [{ type: 'audio', data: checkedBase64(data, path, problems), format: textOf(told['format']) ?? 'wav' }];
}
