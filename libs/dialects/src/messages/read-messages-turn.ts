import { createHash } from 'node:crypto';

import { isRecord, textOf } from '../json/records.js';
import { DocumentReader } from '../turn/document-reader.js';
import { openedEnvelope, type OpenedEnvelope } from '../turn/seal-envelope.js';
import type { TurnPart } from '../turn/turn-part.js';
import type {
  JsonRecord,
  OutputFormat,
  ReasoningWish,
  TurnExtra,
  TurnMessage,
  TurnReading,
  TurnRequest,
} from '../turn/turn-request.js';
import { BlockReader, contentBlocks } from './read-messages-blocks.js';
import { readMessagesToolChoice, readMessagesTools } from './read-messages-tools.js';

/** OpenAI takes no longer names of end users; Claude Code's are longer. What they tell apart, their hashes do too. */
const USER_CHARACTERS_MAX = 64;

/** Members that the neutral model has. */
const readMembers: ReadonlySet<string> = new Set(
  [
    ['model', 'max_tokens', 'messages', 'system', 'stream', 'tools', 'tool_choice', 'thinking', 'output_config'],
    ['output_format', 'stop_sequences', 'temperature', 'top_p', 'top_k', 'metadata', 'service_tier'],
    // The gateway's own.
    ['provider', 'models', 'route', 'transforms', 'plugins', 'session_id', 'usage'],
  ].flat(),
);

/** Members that change nothing of what is answered: caching, diagnosis, and edits that make room in the context. */
const harmlessMembers: ReadonlySet<string> = new Set([
  'cache_control',
  'diagnostics',
  'betas',
  'user_profile_id',
  'context_management',
]);

/** The whole of a Messages request, in no dialect. `document` is its parsed body. */
export function readMessagesTurn(document: JsonRecord): TurnReading {
  const reader = new DocumentReader();
  const blocks = new BlockReader(reader);
  const { toolChoice, parallelToolCalls } = readMessagesToolChoice(reader, document);
  const maxTokens = reader.count(document, 'max_tokens', 0);
  if (maxTokens === 0) reader.unsupported('max_tokens', 'only Anthropic fills its cache without an answer');
  const turn: TurnRequest = {
    model: reader.requiredText(document, 'model', 'model'),
    messages: [...systemMessage(reader, blocks, document), ...readMessages(reader, blocks, document)],
    tools: readMessagesTools(reader, blocks, document),
    toolChoice,
    parallelToolCalls,
    format: outputFormat(reader, document),
    reasoning: reasoningWish(reader, document),
    sampling: {
      temperature: reader.number(document, 'temperature'),
      topP: reader.number(document, 'top_p'),
      topK: reader.count(document, 'top_k', 0),
      seed: null,
      stop: reader.list(document, 'stop_sequences').filter((text) => typeof text === 'string'),
      presencePenalty: null,
      frequencyPenalty: null,
      logitBias: null,
      topLogprobs: null,
    },
    maxTokens,
    choices: 1,
    stream: reader.flag(document, 'stream') ?? false,
    serviceTier: serviceTier(reader, document),
    endUser: endUser(reader, document),
    verbosity: null,
    promptCacheKey: null,
    metadata: {},
    extras: extras(document),
  };
  return reader.problem === null ? { turn } : { problem: reader.problem };
}

function systemMessage(reader: DocumentReader, blocks: BlockReader, document: JsonRecord): TurnMessage[] {
  const { system } = document;
  if (system === undefined || system === null || system === '') return [];
  const texts = contentBlocks(reader, { content: system }, 'system');
  const parts = texts.flatMap(({ value, at }) => blocks.parts(value, at));
  const other = parts.findIndex(({ type }) => type !== 'text');
  if (other >= 0) reader.invalid(`system[${other}].type`, 'text');
  return parts.length === 0 ? [] : [{ role: 'system', parts, name: null }];
}

function readMessages(reader: DocumentReader, blocks: BlockReader, document: JsonRecord): TurnMessage[] {
  const messages: TurnMessage[] = [];
  for (const { value, at } of reader.records(document, 'messages')) {
    const role = reader.oneOf(textOf(value['role']), ['user', 'assistant', 'system'], `${at}.role`);
    if (role === null) reader.invalid(`${at}.role`, 'user, assistant or system');
    if (value['content'] === undefined || value['content'] === null)
      reader.invalid(`${at}.content`, 'a text or a list');
    const read = contentBlocks(reader, value, `${at}.content`).map(({ value: block, at: place }) => ({
      parts: blocks.parts(block, place),
      callSeal: callSealOf(block),
    }));
    messages.push(...withResultsApart(role ?? 'user', withCallSeals(read)));
  }
  return messages;
}

interface ReadBlock {
  readonly parts: readonly TurnPart[];
  /** The block is none of the conversation: it seals a call. */
  readonly callSeal: OpenedEnvelope | null;
}

function callSealOf(block: JsonRecord): OpenedEnvelope | null {
  const envelope = block['type'] === 'redacted_thinking' ? openedEnvelope(textOf(block['data']) ?? '') : null;
  return envelope === null || envelope.callId === null ? null : envelope;
}

/** Seals of calls, which stand in blocks of their own, back on their calls. */
function withCallSeals(read: readonly ReadBlock[]): TurnPart[] {
  const seals = new Map(read.flatMap(({ callSeal }) => (callSeal === null ? [] : [[callSeal.callId, callSeal.seal]])));
  const parts = read.flatMap((block) => (block.callSeal === null ? block.parts : []));
  if (seals.size === 0) return parts;
  return parts.map((part) => (part.type === 'tool_call' ? { ...part, seal: seals.get(part.callId) ?? null } : part));
}

/** Tool results stand in a message of their own, in front of what the user says. */
function withResultsApart(role: 'user' | 'assistant' | 'system', parts: readonly TurnPart[]): TurnMessage[] {
  const results = parts.filter(({ type }) => type === 'tool_result');
  const others = parts.filter(({ type }) => type !== 'tool_result');
  const messages: TurnMessage[] = [];
  if (results.length > 0) messages.push({ role: 'tool', parts: results, name: null });
  if (others.length > 0 || results.length === 0) messages.push({ role, parts: others, name: null });
  return messages;
}

function outputFormat(reader: DocumentReader, document: JsonRecord): OutputFormat {
  const config = reader.record(document, 'output_config');
  const current = config === null ? null : reader.record(config, 'format', 'output_config.format');
  const [format, path] =
    current === null ? [reader.record(document, 'output_format'), 'output_format'] : [current, 'output_config.format'];
  if (format === null) return { kind: 'text' };
  if (format['type'] !== 'json_schema') reader.unsupported(`${path}.type`, 'expected json_schema');
  const schema = reader.record(format, 'schema', `${path}.schema`);
  if (schema === null) reader.invalid(`${path}.schema`, 'an object');
  return { kind: 'json_schema', name: 'output', description: null, schema: schema ?? {}, strict: true };
}

/** `thinking` says whether and how much, `output_config.effort` how hard. */
function reasoningWish(reader: DocumentReader, document: JsonRecord): ReasoningWish | null {
  const config = isRecord(document['output_config']) ? document['output_config'] : {};
  const effort = reader.text(config, 'effort', 'output_config.effort');
  const thinking = reader.record(document, 'thinking');
  if (thinking === null) {
    return effort === null ? null : { effort, maxTokens: null, summary: null, exclude: false };
  }
  const exclude = thinking['display'] === 'omitted';
  const shown = { summary: exclude ? null : 'auto', exclude };
  switch (thinking['type']) {
    case 'disabled':
    case 'between_tools':
      return { effort: 'none', maxTokens: null, summary: null, exclude: false };
    case 'adaptive':
      return { effort, maxTokens: null, ...shown };
    case 'enabled': {
      const maxTokens = reader.count(thinking, 'budget_tokens', 1, 'thinking.budget_tokens');
      if (maxTokens === null) reader.invalid('thinking.budget_tokens', 'a whole number from 1024');
      return { effort, maxTokens, ...shown };
    }
    default:
      reader.invalid('thinking.type', 'adaptive, enabled, disabled or between_tools');
      return null;
  }
}

/** Anthropic's priority capacity is what `auto` may use; other dialects call the other one `default`. */
function serviceTier(reader: DocumentReader, document: JsonRecord): string | null {
  const tier = reader.oneOf(reader.text(document, 'service_tier'), ['auto', 'standard_only'], 'service_tier');
  return tier === 'standard_only' ? 'default' : tier;
}

function endUser(reader: DocumentReader, document: JsonRecord): string | null {
  const metadata = reader.record(document, 'metadata');
  const user = metadata === null ? null : reader.text(metadata, 'user_id', 'metadata.user_id');
  return user === null || user.length <= USER_CHARACTERS_MAX ? user : createHash('sha256').update(user).digest('hex');
}

function extras(document: JsonRecord): TurnExtra[] {
  const found: TurnExtra[] = [];
  for (const [path, value] of Object.entries(document)) {
    if (readMembers.has(path) || value === null) continue;
    const isHarmless = harmlessMembers.has(path) || isDefault(path, value);
    found.push({ path, value, isHarmless });
  }
  const config = isRecord(document['output_config']) ? document['output_config'] : {};
  for (const [key, value] of Object.entries(config)) {
    if (key === 'effort' || key === 'format' || value === null) continue;
    found.push({ path: `output_config.${key}`, value, isHarmless: false });
  }
  return found;
}

/** A member that says what would be without it. */
function isDefault(path: string, value: unknown): boolean {
  if (path === 'speed') return value === 'standard';
  return path === 'mcp_servers' && Array.isArray(value) && value.length === 0;
}
