import { unsupported, type RequestProblem } from '../call/request-problem.js';
import { isRecord, parsedJson } from '../json/records.js';
import type {
  CacheMark,
  FilePart,
  ImagePart,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  TurnPart,
} from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';

const imageTypes: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
const notInIds = /[^a-zA-Z0-9_-]/g;

/** Writes parts as content blocks of Messages, and keeps the first that has no block. */
export class BlockWriter {
  problem: RequestProblem | null = null;

  /** None for a part that says nothing: an empty text, thinking that only another provider can read. */
  block(part: TurnPart, path: string): JsonRecord | null {
    switch (part.type) {
      case 'text':
        return this.text(part);
      case 'refusal':
        return part.text === '' ? null : { type: 'text', text: part.text };
      case 'image':
        return this.image(part, path);
      case 'file':
        return this.file(part, path);
      case 'reasoning':
        return thinkingBlock(part);
      case 'tool_call':
        return toolUse(part);
      case 'tool_result':
        return this.toolResult(part, path);
      case 'audio':
      default:
        return this.refuse(path, 'Anthropic takes no sound');
    }
  }

  private text({ text, cache }: TextPart): JsonRecord | null {
    return text === '' ? null : { type: 'text', text, ...cacheControl(cache) };
  }

  private image({ source, cache }: ImagePart, path: string): JsonRecord | null {
    if (source.from === 'file') return this.refuse(path, 'the file is kept by another provider');
    if (source.from === 'url') {
      return { type: 'image', source: { type: 'url', url: source.url }, ...cacheControl(cache) };
    }
    const { mediaType, data } = source;
    if (!imageTypes.has(mediaType)) return this.refuse(path, `Anthropic takes no pictures of type ${mediaType}`);
    return { type: 'image', source: { type: 'base64', media_type: mediaType, data }, ...cacheControl(cache) };
  }

  private file({ source, name, cache }: FilePart, path: string): JsonRecord | null {
    const rest = { ...(name === null ? {} : { title: name }), ...cacheControl(cache) };
    if (source.from === 'file') return this.refuse(path, 'the file is kept by another provider');
    if (source.from === 'url') return { type: 'document', source: { type: 'url', url: source.url }, ...rest };
    const { mediaType, data } = source;
    if (mediaType === 'application/pdf') {
      return { type: 'document', source: { type: 'base64', media_type: mediaType, data }, ...rest };
    }
    if (!isText(mediaType)) return this.refuse(path, `Anthropic takes no files of type ${mediaType}`);
    const text = Buffer.from(data, 'base64').toString();
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...rest };
  }

  private toolResult({ callId, parts, isError, cache }: ToolResultPart, path: string): JsonRecord {
    const content = parts
      .map((part, index) => this.block(part, `${path}.content[${index}]`))
      .filter((block) => block !== null);
    return {
      type: 'tool_result',
      tool_use_id: toolId(callId),
      content,
      ...(isError ? { is_error: true } : {}),
      ...cacheControl(cache),
    };
  }

  private refuse(path: string, detail: string): null {
    this.problem ??= unsupported(path, detail);
    return null;
  }
}

/** `application/json` and its like are read as text, too. */
function isText(mediaType: string): boolean {
  return mediaType.startsWith('text/') || /^application\/(?:.+\+)?(?:json|xml|yaml|javascript|toml)$/.test(mediaType);
}

/** Thinking goes back only with a signature that Anthropic gave: it refuses any other. */
function thinkingBlock({ text, summaries, seal, isRedacted }: ReasoningPart): JsonRecord | null {
  if (seal?.origin !== 'anthropic' || seal.value === '') return null;
  if (isRedacted) return { type: 'redacted_thinking', data: seal.value };
  return { type: 'thinking', thinking: text === '' ? summaries.join('\n\n') : text, signature: seal.value };
}

function toolUse({ callId, name, input, cache }: ToolCallPart): JsonRecord {
  return { type: 'tool_use', id: toolId(callId), name, input: toolInput(input), ...cacheControl(cache) };
}

/** Anthropic wants an object; what a model wrote that is none is told as it stands. */
export function toolInput(input: string): JsonRecord {
  if (input.trim() === '') return {};
  const document = parsedJson(input);
  return isRecord(document) ? document : { arguments: input };
}

/** Anthropic's ids have letters, digits, `_` and `-`; others' have more. Alike for a call and its result. */
function toolId(callId: string): string {
  return callId.replaceAll(notInIds, '_');
}

export function cacheControl(cache: CacheMark | null): JsonRecord {
  if (cache === null) return {};
  return { cache_control: { type: 'ephemeral', ...(cache.ttl === null ? {} : { ttl: cache.ttl }) } };
}
