import { mediaAddressProblem } from '../address/media-address.js';
import { isRecord, textOf } from '../json/records.js';
import type { DocumentReader } from '../turn/document-reader.js';
import { sealOf } from '../turn/seal-envelope.js';
import type { FilePart, ImagePart, Seal, TextPart, TurnPart, TurnSource } from '../turn/turn-part.js';
import type { JsonRecord, TurnMessage } from '../turn/turn-request.js';
import { soundFormat } from './gemini-media-type.js';
import { memberOf, spelling } from './gemini-members.js';

/** Members of a part that stand beside what it is. */
const besideKeys = new Set(['thought', 'thoughtSignature', 'thought_signature', 'partMetadata', 'part_metadata']);
const resolutions: ReadonlyMap<string, ImagePart['detail']> = new Map([
  ['MEDIA_RESOLUTION_LOW', 'low'],
  ['MEDIA_RESOLUTION_MEDIUM', 'auto'],
  ['MEDIA_RESOLUTION_HIGH', 'high'],
]);

/** Reads `contents` into messages. Calls without an id, Gemini's own way, are named by their order. */
export class GeminiContentsReader {
  private calls = 0;
  /** Calls by their tool that no result has come for, oldest first. */
  private readonly waiting = new Map<string, string[]>();

  constructor(private readonly reader: DocumentReader) {}

  instruction(document: JsonRecord): TurnMessage[] {
    const key = spelling(document, 'systemInstruction');
    const content = document[key];
    if (typeof content === 'string') return [messageOf('system', [textPart(content)])];
    const record = this.reader.record(document, key, key);
    const parts = record === null ? [] : this.parts(record, key);
    return parts.length === 0 ? [] : [messageOf('system', parts)];
  }

  read(document: JsonRecord): TurnMessage[] {
    const { contents } = document;
    if (isRecord(contents)) return this.content(contents, 'contents');
    const messages: TurnMessage[] = [];
    for (const { value, at } of this.reader.records(document, 'contents')) messages.push(...this.content(value, at));
    return messages;
  }

  private content(content: JsonRecord, at: string): TurnMessage[] {
    const role = textOf(content['role']) ?? 'user';
    const parts = this.parts(content, at);
    if (role === 'model') return parts.length === 0 ? [] : [messageOf('assistant', parts)];
    if (role !== 'user' && role !== 'function' && role !== 'tool') {
      this.reader.invalid(`${at}.role`, 'user or model');
      return [];
    }
    const results = parts.filter((part) => part.type === 'tool_result');
    const others = parts.filter((part) => part.type !== 'tool_result');
    return [
      ...(results.length === 0 ? [] : [messageOf('tool', results)]),
      ...(others.length === 0 ? [] : [messageOf('user', others)]),
    ];
  }

  private parts(content: JsonRecord, at: string): TurnPart[] {
    const parts: TurnPart[] = [];
    for (const { value, at: place } of this.reader.records(content, 'parts', `${at}.parts`)) {
      const part = this.part(value, place);
      if (part !== null) parts.push(part);
    }
    return parts;
  }

  private part(part: JsonRecord, at: string): TurnPart | null {
    const [kind = 'text', ...more] = Object.keys(part).filter((key) => !besideKeys.has(key));
    const other = more.find((key) => key !== 'mediaResolution' && key !== 'media_resolution');
    if (other !== undefined) this.reader.unsupported(`${at}.${other}`, 'only Google has it');
    const signature = textOf(memberOf(part, 'thoughtSignature'));
    const seal = signature === null ? null : sealOf(signature, 'google');
    switch (kind) {
      case 'text':
        return this.text(part, at, seal);
      case 'inlineData':
      case 'inline_data':
      case 'fileData':
      case 'file_data':
        return this.media(part, kind, at);
      case 'functionCall':
      case 'function_call':
        return this.call(part, kind, at, seal);
      case 'functionResponse':
      case 'function_response':
        return this.result(part, kind, at);
      default:
        this.reader.unsupported(`${at}.${kind}`, 'only Google has it');
        return null;
    }
  }

  private text(part: JsonRecord, at: string, seal: Seal | null): TurnPart | null {
    const text = this.reader.text(part, 'text', `${at}.text`) ?? '';
    if (part['thought'] === true || (text === '' && seal !== null)) {
      const isRedacted = text === '';
      const summaries = isRedacted ? [] : [text];
      return { type: 'reasoning', text: '', summaries, seal, isRedacted: isRedacted && seal !== null, id: null };
    }
    return text === '' ? null : textPart(text);
  }

  private media(part: JsonRecord, kind: string, at: string): TurnPart | null {
    const media = this.reader.record(part, kind, `${at}.${kind}`) ?? {};
    const typeKey = spelling(media, 'mimeType');
    const mediaType = (this.reader.text(media, typeKey, `${at}.${kind}.${typeKey}`) ?? '').toLowerCase();
    if (mediaType.startsWith('video/')) {
      this.reader.unsupported(`${at}.${kind}`, 'only Google looks at videos');
      return null;
    }
    const isInline = kind.startsWith('inline');
    const source = isInline ? this.bytes(media, mediaType, `${at}.${kind}`) : this.address(media, `${at}.${kind}`);
    if (source === null) return null;
    const resolution = memberOf(part, 'mediaResolution');
    const level = isRecord(resolution) ? textOf(resolution['level']) : textOf(resolution);
    if (mediaType.startsWith('image/')) {
      return { type: 'image', source, detail: resolutions.get(level ?? '') ?? null, cache: null };
    }
    if (!mediaType.startsWith('audio/')) {
      return { type: 'file', source, name: textOf(memberOf(media, 'displayName')), cache: null };
    }
    if (source.from === 'base64') return { type: 'audio', data: source.data, format: soundFormat(mediaType) };
    this.reader.unsupported(`${at}.${kind}`, 'only Google fetches sound: send its bytes');
    return null;
  }

  private bytes(media: JsonRecord, mediaType: string, at: string): TurnSource {
    return { from: 'base64', mediaType, data: this.reader.requiredText(media, 'data', `${at}.data`) };
  }

  private address(media: JsonRecord, at: string): TurnSource | null {
    const key = spelling(media, 'fileUri');
    const url = this.reader.requiredText(media, key, `${at}.${key}`);
    const problem = mediaAddressProblem(`${at}.${key}`, url);
    if (problem !== null) this.reader.problem ??= problem;
    const isKept = !/^https?:/i.test(url) || url.startsWith('https://generativelanguage.googleapis.com/');
    return isKept ? { from: 'file', id: url } : { from: 'url', url };
  }

  private call(part: JsonRecord, kind: string, at: string, seal: Seal | null): TurnPart {
    const call = this.reader.record(part, kind, `${at}.${kind}`) ?? {};
    const name = this.reader.requiredText(call, 'name', `${at}.${kind}.name`);
    const args = this.reader.record(call, 'args', `${at}.${kind}.args`) ?? {};
    const callId = this.reader.text(call, 'id', `${at}.${kind}.id`) ?? `call_${this.calls}`;
    this.calls++;
    this.waiting.set(name, [...(this.waiting.get(name) ?? []), callId]);
    return {
      type: 'tool_call',
      callId,
      name,
      namespace: null,
      form: 'function',
      input: JSON.stringify(args),
      // Google's stand-in for a signature that there is none of.
      seal: seal?.value === 'skip_thought_signature_validator' ? null : seal,
      id: null,
      cache: null,
    };
  }

  private result(part: JsonRecord, kind: string, at: string): TurnPart {
    const { reader } = this;
    const result = reader.record(part, kind, `${at}.${kind}`) ?? {};
    const name = reader.requiredText(result, 'name', `${at}.${kind}.name`);
    const waiting = this.waiting.get(name) ?? [];
    const callId = reader.text(result, 'id', `${at}.${kind}.id`) ?? waiting[0] ?? '';
    this.waiting.set(
      name,
      waiting.filter((id) => id !== callId),
    );
    if (callId === '') reader.invalid(`${at}.${kind}.name`, 'the name of a function that was called before');
    const response = reader.record(result, 'response', `${at}.${kind}.response`) ?? {};
    const { text, isError } = resultText(response);
    const shown = this.parts(result, `${at}.${kind}`).filter((one) => isShown(one));
    return {
      type: 'tool_result',
      callId,
      name,
      form: 'function',
      parts: [textPart(text), ...shown],
      isError,
      cache: null,
    };
  }
}

function isShown(part: TurnPart): part is TextPart | ImagePart | FilePart {
  return part.type === 'image' || part.type === 'file';
}

/** Google asks for an object, and for `output` and `error` in it; what stands there as a text is the result itself. */
function resultText(response: JsonRecord): { readonly text: string; readonly isError: boolean } {
  const [key, ...more] = Object.keys(response);
  const value = key === undefined ? undefined : response[key];
  const isBare = more.length === 0 && (key === 'output' || key === 'result' || key === 'error');
  const isError = isBare && key === 'error';
  if (isBare && typeof value === 'string') return { text: value, isError };
  return { text: JSON.stringify(isBare ? value : response), isError };
}

function textPart(text: string): TextPart {
  return { type: 'text', text, cache: null, citations: [] };
}

function messageOf(role: TurnMessage['role'], parts: readonly TurnPart[]): TurnMessage {
  return { role, parts, name: null };
}
