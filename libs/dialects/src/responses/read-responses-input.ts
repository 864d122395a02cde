import { isRecord, listOf, textOf } from '../json/records.js';
import { isSealEnvelope, openedEnvelope, sealOf } from '../turn/seal-envelope.js';
import type { ReasoningPart, Seal, ToolCallPart, ToolResultPart, TurnPart } from '../turn/turn-part.js';
import type { JsonRecord, TurnMessage, TurnTool } from '../turn/turn-request.js';
import type { DocumentReader } from '../turn/document-reader.js';
import { readResponsesContent, textPart } from './read-responses-content.js';
import { LOCAL_SHELL, readResponsesTools, TOOL_SEARCH } from './read-responses-tools.js';
import { textsOf } from './responses-parts.js';

export interface ReadInput {
  readonly messages: readonly TurnMessage[];
  /** Tools that stand in the input: Codex' `additional_tools`, and what a search of tools has found. */
  readonly tools: readonly TurnTool[];
}

/** Asks for the summary that `compaction_trigger` wants, of a model that has no compaction of its own. */
const COMPACTION_WISH =
  'Write a handoff summary of this whole conversation for another model that will go on with the task: what was asked, ' +
  'what was done and found, decisions, file names and commands that matter, and what is left to do. Answer with the summary alone.';
/** In front of a summary that stands for the conversation before it. */
export const COMPACTED = 'A summary of the conversation so far:\n\n';

/** The input of a request as messages: items of one speaker in a row are one message. */
export function readResponsesInput(input: unknown, problems: DocumentReader): ReadInput {
  if (typeof input === 'string') return { messages: [message('user', [textPart(input)])], tools: [] };
  if (!Array.isArray(input)) problems.invalid('input', 'a text or a list of items');
  const reader = new InputReader(problems);
  for (const [index, item] of listOf(input).entries()) reader.add(item, `input[${index}]`);
  return reader.read();
}

function message(role: TurnMessage['role'], parts: readonly TurnPart[]): TurnMessage {
  return { role, parts, name: null };
}

class InputReader {
  private readonly messages: TurnMessage[] = [];
  private readonly tools: TurnTool[] = [];
  /** Seals of calls, by the calls' ids; Responses has no place for one on a call. */
  private readonly callSeals = new Map<string, Seal>();
  /** Of the assistant or of its tools, as long as they go on. */
  private run: { role: 'assistant' | 'tool'; parts: TurnPart[] } | null = null;

  constructor(private readonly problems: DocumentReader) {}

  read(): ReadInput {
    this.endRun();
    const { messages, tools, callSeals } = this;
    if (callSeals.size === 0) return { messages, tools };
    const sealed = (part: TurnPart): TurnPart =>
      part.type === 'tool_call' ? { ...part, seal: callSeals.get(part.callId) ?? null } : part;
    return { messages: messages.map((said) => ({ ...said, parts: said.parts.map(sealed) })), tools };
  }

  add(item: unknown, path: string): void {
    if (!isRecord(item)) {
      this.problems.invalid(path, 'an item');
      return;
    }
    const type = textOf(item['type']) ?? (typeof item['role'] === 'string' ? 'message' : 'item_reference');
    switch (type) {
      case 'message':
        this.addMessage(item, path);
        break;
      case 'reasoning':
        this.addReasoning(item);
        break;
      case 'function_call':
      case 'custom_tool_call':
      case 'tool_search_call':
      case 'local_shell_call':
        this.append('assistant', callOf(item, type));
        break;
      case 'function_call_output':
      case 'custom_tool_call_output':
      case 'local_shell_call_output':
        this.append('tool', this.resultOf(item, `${path}.output`));
        break;
      default:
        this.addSpecial(item, type, path);
    }
  }

  private addSpecial(item: JsonRecord, type: string, path: string): void {
    switch (type) {
      case 'tool_search_output':
        this.append('tool', resultPart(item, JSON.stringify(item['tools'] ?? [])));
        this.tools.push(...readResponsesTools(item['tools'], `${path}.tools`, this.problems));
        break;
      case 'additional_tools':
        this.tools.push(...readResponsesTools(item['tools'], `${path}.tools`, this.problems));
        break;
      case 'compaction':
      case 'context_compaction':
        this.addCompaction(item, path);
        break;
      case 'compaction_trigger':
        this.say(message('user', [textPart(COMPACTION_WISH)]));
        break;
      case 'web_search_call':
        // That a provider searched; what it found stands in the message behind it.
        break;
      case 'item_reference':
        this.problems.unsupported(path, 'there is no stored item of this id; send the item itself');
        break;
      default:
        this.problems.unsupported(
          `${path}.type`,
          `items of type ${type.slice(0, 60)} are only known to OpenAI's own models`,
        );
    }
  }

  private addMessage(item: JsonRecord, path: string): void {
    const { role } = item;
    const parts = readResponsesContent(item['content'], `${path}.content`, this.problems);
    if (role === 'assistant') for (const part of parts) this.append('assistant', part);
    else if (role === 'user' || role === 'system' || role === 'developer') this.say(message(role, parts));
    else this.problems.invalid(`${path}.role`, 'user, assistant, system or developer');
  }

  private addReasoning(item: JsonRecord): void {
    const envelope = openedEnvelope(textOf(item['encrypted_content']) ?? '');
    if (envelope !== null && envelope.callId !== null) this.callSeals.set(envelope.callId, envelope.seal);
    else this.append('assistant', reasoningOf(item, envelope?.text ?? null));
  }

  /** One of ours holds the summary as text; one of a provider can be read by that provider alone. */
  private addCompaction(item: JsonRecord, path: string): void {
    const seal = sealOf(textOf(item['encrypted_content']) ?? '', 'openai');
    if (seal.origin === 'other' && !isSealEnvelope(seal.value)) {
      this.say(message('user', [textPart(COMPACTED + seal.value)]));
      return;
    }
    const detail = 'this compacted conversation can only be read by the provider that wrote it; start a new one';
    this.problems.unsupported(path, detail);
  }

  private resultOf(item: JsonRecord, path: string): ToolResultPart {
    const { output } = item;
    if (typeof output === 'string') return resultPart(item, output);
    const parts = readResponsesContent(output, path, this.problems);
    const kept = parts.filter((part) => part.type === 'text' || part.type === 'image' || part.type === 'file');
    if (kept.length < parts.length) this.problems.unsupported(path, 'a tool gives back text, images and files');
    return { ...resultPart(item, ''), parts: kept };
  }

  private append(role: 'assistant' | 'tool', part: TurnPart): void {
    if (this.run !== null && this.run.role !== role) this.endRun();
    this.run ??= { role, parts: [] };
    this.run.parts.push(part);
  }

  private say(said: TurnMessage): void {
    this.endRun();
    this.messages.push(said);
  }

  private endRun(): void {
    if (this.run !== null) this.messages.push(message(this.run.role, this.run.parts));
    this.run = null;
  }
}

/** `sealedText`: the thinking as its provider signed it, whatever the client has made of it. */
function reasoningOf(item: JsonRecord, sealedText: string | null): ReasoningPart {
  const sealed = textOf(item['encrypted_content']);
  const text = sealedText ?? textsOf(item['content'], 'reasoning_text').join('\n\n');
  const summaries = textsOf(item['summary'], 'summary_text');
  return {
    type: 'reasoning',
    text,
    summaries,
    seal: sealed === null || sealed === '' ? null : sealOf(sealed, 'openai'),
    isRedacted: text === '' && summaries.length === 0,
    id: textOf(item['id']),
  };
}

function callOf(item: JsonRecord, type: string): ToolCallPart {
  const isCustom = type === 'custom_tool_call';
  return {
    type: 'tool_call',
    callId: textOf(item['call_id']) ?? textOf(item['id']) ?? '',
    name: nameOfCall(item, type),
    namespace: textOf(item['namespace']),
    form: isCustom ? 'custom' : 'function',
    input: inputOfCall(item, type),
    seal: null,
    id: textOf(item['id']),
    cache: null,
  };
}

function nameOfCall(item: JsonRecord, type: string): string {
  if (type === 'tool_search_call') return TOOL_SEARCH;
  return type === 'local_shell_call' ? LOCAL_SHELL : (textOf(item['name']) ?? '');
}

function inputOfCall(item: JsonRecord, type: string): string {
  if (type === 'custom_tool_call') return textOf(item['input']) ?? '';
  const told = type === 'local_shell_call' ? shellArguments(item['action']) : item['arguments'];
  return typeof told === 'string' ? told : JSON.stringify(told ?? {});
}

function shellArguments(action: unknown): JsonRecord {
  const { type: _type, ...rest } = isRecord(action) ? action : {};
  return rest;
}

function resultPart(item: JsonRecord, text: string): ToolResultPart {
  return {
    type: 'tool_result',
    callId: textOf(item['call_id']) ?? textOf(item['id']) ?? '',
    name: null,
    form: item['type'] === 'custom_tool_call_output' ? 'custom' : 'function',
    parts: [textPart(text)],
    isError: false,
    cache: null,
  };
}
