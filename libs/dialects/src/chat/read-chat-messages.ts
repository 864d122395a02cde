import type { DocumentReader } from '../turn/document-reader.js';
import { sourceOfUrl } from '../turn/data-url.js';
import type { ReasoningPart, Seal, ToolCallPart, ToolResultPart, TurnPart } from '../turn/turn-part.js';
import type { JsonRecord, TurnMessage } from '../turn/turn-request.js';
import { readCacheMark, readChatContent } from './read-chat-content.js';
import { readReasoningDetails, reasoningOfDetails } from './reasoning-details.js';
import { isRecord, textOf } from '../json/records.js';

/** What a message says and any dialect can carry, or that is known to change nothing. All else is refused by its path. */
const messageKeys: ReadonlySet<string> = new Set(
  [
    ['role', 'content', 'name', 'tool_calls', 'function_call', 'tool_call_id', 'refusal', 'audio', 'images'],
    ['reasoning', 'reasoning_content', 'reasoning_details', 'cache_control'],
    // Clients send answers back with everything that stood in them.
    ['annotations', 'parsed', 'id', 'model', 'index', 'weight', 'status', 'finish_reason', 'metadata', 'created'],
  ].flat(),
);

interface KnownCall {
  readonly name: string;
  readonly form: 'function' | 'custom';
}

/** Reads `messages`, and remembers the calls, whose results name them by id alone. */
export class ChatMessagesReader {
  private readonly calls = new Map<string, KnownCall>();
  /** Results of the deprecated `function` role have no id: they belong to the last call of that name. */
  private readonly lastCallOf = new Map<string, string>();

  constructor(private readonly reader: DocumentReader) {}

  read(document: JsonRecord): TurnMessage[] {
    const messages: TurnMessage[] = [];
    for (const { value, at } of this.reader.records(document, 'messages')) {
      const message = this.readMessage(value, at);
      if (message !== null) messages.push(message);
    }
    return messages;
  }

  private readMessage(message: JsonRecord, at: string): TurnMessage | null {
    const { reader } = this;
    const role = message['role'];
    for (const [key, value] of Object.entries(message)) {
      if (value !== null && !messageKeys.has(key)) reader.unsupported(`${at}.${key}`, 'a member that only chat knows');
    }
    const name = reader.text(message, 'name', `${at}.name`);
    const content = (): TurnPart[] => this.content(message, at);
    switch (role) {
      case 'system':
      case 'developer':
      case 'user':
        return { role, parts: content(), name };
      case 'assistant':
        return { role, parts: this.assistantParts(message, at), name };
      case 'tool':
        return { role, parts: [this.toolResult(message, at)], name: null };
      case 'function':
        return { role: 'tool', parts: [this.functionResult(message, at)], name: null };
      default:
        reader.invalid(`${at}.role`, 'system, developer, user, assistant or tool');
        return null;
    }
  }

  /** A cache mark of the message stands on its last part. */
  private content(message: JsonRecord, at: string): TurnPart[] {
    const parts = readChatContent(this.reader, message, `${at}.content`);
    const cache = readCacheMark(this.reader, message, at);
    const last = parts.at(-1);
    if (cache === null || last === undefined || !('cache' in last)) return parts;
    return [...parts.slice(0, -1), { ...last, cache }];
  }

  private assistantParts(message: JsonRecord, at: string): TurnPart[] {
    const { reader } = this;
    const calls = this.toolCalls(message, at);
    const { parts: thinking, callSeals } = this.reasoning(message, at, calls);
    const parts: TurnPart[] = [...thinking, ...this.content(message, at)];
    const refusal = reader.text(message, 'refusal', `${at}.refusal`);
    if (refusal !== null && refusal !== '') parts.push({ type: 'refusal', text: refusal });
    for (const { value, at: place } of reader.records(message, 'images', `${at}.images`)) {
      const image = value['image_url'];
      const url = isRecord(image) ? textOf(image['url']) : null;
      const source = url === null ? null : sourceOfUrl(url);
      if (source === null) reader.invalid(`${place}.image_url.url`, 'an address or a data: address in base64');
      else parts.push({ type: 'image', source, detail: null, cache: null });
    }
    if ((message['audio'] ?? null) !== null) {
      reader.unsupported(`${at}.audio`, 'sound that one provider keeps');
    }
    return [...parts, ...calls.map((call) => withSeal(call, callSeals.get(call.callId)))];
  }

  private reasoning(
    message: JsonRecord,
    at: string,
    calls: readonly ToolCallPart[],
  ): { readonly parts: readonly ReasoningPart[]; readonly callSeals: ReadonlyMap<string, Seal> } {
    const details = [];
    for (const [index, detail] of readReasoningDetails(message['reasoning_details']).entries()) {
      if (detail === null) this.reader.unsupported(`${at}.reasoning_details[${index}].type`, 'an unknown kind');
      else details.push(detail);
    }
    if (details.length > 0) return reasoningOfDetails(details, new Set(calls.map(({ callId }) => callId)));
    const { reader } = this;
    const long = reader.text(message, 'reasoning_content', `${at}.reasoning_content`);
    const text = long ?? reader.text(message, 'reasoning', `${at}.reasoning`) ?? '';
    const callSeals = new Map<string, Seal>();
    if (text === '') return { parts: [], callSeals };
    return {
      parts: [{ type: 'reasoning', text, summaries: [], seal: null, isRedacted: false, id: null }],
      callSeals,
    };
  }

  private toolCalls(message: JsonRecord, at: string): ToolCallPart[] {
    const { reader } = this;
    const calls: ToolCallPart[] = [];
    for (const { value, at: place } of reader.records(message, 'tool_calls', `${at}.tool_calls`)) {
      const callId = reader.requiredText(value, 'id', `${place}.id`);
      const form = value['type'] === 'custom' ? 'custom' : 'function';
      if (value['type'] !== form && (value['type'] ?? null) !== null) {
        reader.unsupported(`${place}.type`, 'an unknown kind of call');
      }
      const call = reader.record(value, form, `${place}.${form}`) ?? {};
      const name = reader.requiredText(call, 'name', `${place}.${form}.name`);
      const key = form === 'custom' ? 'input' : 'arguments';
      calls.push(this.call({ callId, name, form }, reader.text(call, key, `${place}.${form}.${key}`) ?? ''));
    }
    const legacy = reader.record(message, 'function_call', `${at}.function_call`);
    if (legacy !== null) {
      const name = reader.requiredText(legacy, 'name', `${at}.function_call.name`);
      const callId = `call_${this.calls.size}`;
      const input = reader.text(legacy, 'arguments', `${at}.function_call.arguments`) ?? '';
      calls.push(this.call({ callId, name, form: 'function' }, input));
    }
    return calls;
  }

  private call({ callId, name, form }: KnownCall & { readonly callId: string }, input: string): ToolCallPart {
    this.calls.set(callId, { name, form });
    this.lastCallOf.set(name, callId);
    return { type: 'tool_call', callId, name, namespace: null, form, input, seal: null, id: null, cache: null };
  }

  private toolResult(message: JsonRecord, at: string): ToolResultPart {
    const callId = this.reader.requiredText(message, 'tool_call_id', `${at}.tool_call_id`);
    return this.result(message, at, callId);
  }

  private functionResult(message: JsonRecord, at: string): ToolResultPart {
    const name = this.reader.requiredText(message, 'name', `${at}.name`);
    return this.result(message, at, this.lastCallOf.get(name) ?? `call_${name}`);
  }

  private result(message: JsonRecord, at: string, callId: string): ToolResultPart {
    const parts: ToolResultPart['parts'][number][] = [];
    for (const part of readChatContent(this.reader, message, `${at}.content`)) {
      if (part.type === 'text' || part.type === 'image' || part.type === 'file') parts.push(part);
      else this.reader.unsupported(`${at}.content`, `a tool's result with ${part.type}`);
    }
    const { name, form } = this.calls.get(callId) ?? { name: null, form: 'function' };
    const cache = readCacheMark(this.reader, message, at);
    return { type: 'tool_result', callId, name, form, parts, isError: false, cache };
  }
}

function withSeal(call: ToolCallPart, seal: Seal | undefined): ToolCallPart {
  return seal === undefined ? call : { ...call, seal };
}
