import { unsupported, type RequestProblem } from '../call/request-problem.js';
import { isRecord, parsedJson } from '../json/records.js';
import type {
  CacheMark,
  FilePart,
  ImagePart,
  ReasoningPart,
  ToolCallPart,
  ToolResultPart,
  TurnPart,
} from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';

const imageFormats = new Set(['png', 'jpeg', 'gif', 'webp']);
const documentFormats: ReadonlyMap<string, string> = new Map([
  ['application/pdf', 'pdf'],
  ['text/csv', 'csv'],
  ['text/html', 'html'],
  ['text/plain', 'txt'],
  ['text/markdown', 'md'],
  ['application/msword', 'doc'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.ms-excel', 'xls'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
]);

/** Writes parts of messages as blocks of Converse; the first one that cannot be said is the problem. */
export class ConverseBlockWriter {
  problem: RequestProblem | null = null;
  private documents = 0;

  /** `at` is the place of the part, as a problem names it. */
  write(part: TurnPart, at: string): JsonRecord[] {
    switch (part.type) {
      case 'text':
        return part.text === '' ? [] : [{ text: part.text }, ...cachePoint(part.cache)];
      case 'refusal':
        return part.text === '' ? [] : [{ text: part.text }];
      case 'image':
        return [...this.image(part, at), ...cachePoint(part.cache)];
      case 'file':
        return [...this.file(part, at), ...cachePoint(part.cache)];
      case 'reasoning':
        return thought(part);
      case 'tool_call':
        return [toolUse(part), ...cachePoint(part.cache)];
      case 'tool_result':
        return [this.result(part, at), ...cachePoint(part.cache)];
      case 'audio':
        break;
    }
    this.problem ??= unsupported(at, 'Converse takes no sound');
    return [];
  }

  private image({ source }: ImagePart, at: string): JsonRecord[] {
    if (source.from !== 'base64') {
      this.problem ??= unsupported(at, 'Converse takes pictures as bytes alone');
      return [];
    }
    const format = source.mediaType.replace('image/', '').replace('jpg', 'jpeg');
    if (!imageFormats.has(format))
      this.problem ??= unsupported(at, `Converse takes no pictures of ${source.mediaType}`);
    return [{ image: { format, source: { bytes: source.data } } }];
  }

  private file({ source, name }: FilePart, at: string): JsonRecord[] {
    if (source.from !== 'base64') {
      this.problem ??= unsupported(at, 'Converse takes files as bytes alone');
      return [];
    }
    const format = documentFormats.get(source.mediaType);
    if (format === undefined) this.problem ??= unsupported(at, `Converse takes no files of ${source.mediaType}`);
    this.documents++;
    // Letters, digits, single spaces, hyphens and brackets are allowed, and no name twice.
    const clean = (name ?? 'document')
      .replaceAll(/[^A-Za-z0-9()[\]-]+/g, ' ')
      .trim()
      .slice(0, 150);
    return [{ document: { format, name: `${clean} ${this.documents}`, source: { bytes: source.data } } }];
  }

  private result({ callId, parts, isError }: ToolResultPart, at: string): JsonRecord {
    const content = parts.flatMap((part, index) => {
      const place = `${at}.content[${index}]`;
      if (part.type === 'text') return [{ text: part.text }];
      return part.type === 'image' ? this.image(part, place) : this.file(part, place);
    });
    return { toolResult: { toolUseId: callId, content, ...(isError ? { status: 'error' } : {}) } };
  }
}

/** A mark of the prompt cache, behind what it stands on. */
export function cachePoint(cache: CacheMark | null): JsonRecord[] {
  if (cache === null) return [];
  return [{ cachePoint: { type: 'default', ...(cache.ttl === '1h' ? { ttl: '1h' } : {}) } }];
}

/** Only the thoughts of Claude come back, with their signature. */
function thought({ text, seal, isRedacted }: ReasoningPart): JsonRecord[] {
  if (seal?.origin !== 'anthropic') return [];
  if (isRedacted) return [{ reasoningContent: { redactedContent: seal.value } }];
  return [{ reasoningContent: { reasoningText: { text, signature: seal.value } } }];
}

function toolUse({ callId, name, input }: ToolCallPart): JsonRecord {
  const parsed = input.trim() === '' ? {} : parsedJson(input);
  return { toolUse: { toolUseId: callId, name, input: isRecord(parsed) ? parsed : { input } } };
}
