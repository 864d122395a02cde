import { DocumentReader } from '../turn/document-reader.js';
import type { JsonRecord, ReasoningWish, Sampling, TurnExtra, TurnReading, TurnRequest } from '../turn/turn-request.js';
import { gatewayKeys } from '../request/gateway-keys.js';
import { ChatMessagesReader } from './read-chat-messages.js';
import { readChatFormat, readChatToolChoice, readChatTools } from './read-chat-tools.js';
import { isRecord } from '../json/records.js';

/** Members that the neutral turn has a place for. */
const spokenKeys: ReadonlySet<string> = new Set(
  [
    gatewayKeys,
    ['model', 'messages', 'tools', 'tool_choice', 'functions', 'function_call', 'parallel_tool_calls'],
    ['response_format', 'reasoning_effort', 'reasoning', 'include_reasoning', 'verbosity'],
    ['temperature', 'top_p', 'top_k', 'seed', 'stop', 'presence_penalty', 'frequency_penalty', 'logit_bias'],
    ['logprobs', 'top_logprobs', 'max_tokens', 'max_completion_tokens', 'n', 'stream', 'stream_options'],
    ['service_tier', 'user', 'prompt_cache_key', 'metadata', 'web_search_options'],
  ].flat(),
);

/** They change nothing of the answer: what is kept, cached, counted, or sent ahead to be faster. */
const harmlessKeys: ReadonlySet<string> = new Set([
  'store',
  'prediction',
  'prompt_cache_retention',
  'prompt_cache_options',
  'safety_identifier',
  'cache_control',
  'debug',
  'trace',
]);

/** The whole of a chat request, for an upstream that speaks another dialect. */
export function readChatTurn(document: JsonRecord): TurnReading {
  const reader = new DocumentReader();
  const turn: TurnRequest = {
    model: reader.requiredText(document, 'model', 'model'),
    messages: new ChatMessagesReader(reader).read(document),
    tools: readChatTools(reader, document),
    toolChoice: readChatToolChoice(reader, document),
    parallelToolCalls: reader.flag(document, 'parallel_tool_calls'),
    format: readChatFormat(reader, document),
    reasoning: readReasoningWish(reader, document),
    sampling: readSampling(reader, document),
    maxTokens: reader.count(document, 'max_completion_tokens', 1) ?? reader.count(document, 'max_tokens', 1),
    choices: reader.count(document, 'n', 1) ?? 1,
    stream: reader.flag(document, 'stream') ?? false,
    serviceTier: reader.text(document, 'service_tier'),
    endUser: reader.text(document, 'user'),
    verbosity: reader.oneOf(reader.text(document, 'verbosity'), ['low', 'medium', 'high'], 'verbosity'),
    promptCacheKey: reader.text(document, 'prompt_cache_key'),
    metadata: readMetadata(reader, document),
    extras: readExtras(document),
  };
  return reader.problem === null ? { turn } : { problem: reader.problem };
}

function readSampling(reader: DocumentReader, document: JsonRecord): Sampling {
  const asksLogprobs = reader.flag(document, 'logprobs') === true;
  return {
    temperature: reader.number(document, 'temperature'),
    topP: reader.number(document, 'top_p'),
    topK: reader.number(document, 'top_k'),
    seed: reader.number(document, 'seed'),
    stop: readStop(reader, document),
    presencePenalty: reader.number(document, 'presence_penalty'),
    frequencyPenalty: reader.number(document, 'frequency_penalty'),
    logitBias: readBias(reader, document),
    topLogprobs: asksLogprobs ? (reader.count(document, 'top_logprobs', 0) ?? 0) : null,
  };
}

/** An empty object says nothing. */
function readBias(reader: DocumentReader, document: JsonRecord): JsonRecord | null {
  const bias = reader.record(document, 'logit_bias');
  return bias === null || Object.keys(bias).length === 0 ? null : bias;
}

function readStop(reader: DocumentReader, document: JsonRecord): string[] {
  const { stop } = document;
  if (typeof stop === 'string') return stop === '' ? [] : [stop];
  const stops: string[] = [];
  for (const [index, value] of reader.list(document, 'stop').entries()) {
    if (typeof value === 'string') stops.push(value);
    else reader.invalid(`stop[${index}]`, 'a text');
  }
  return stops;
}

/** `reasoning_effort`, OpenRouter's `reasoning` object, and its older `include_reasoning`. */
function readReasoningWish(reader: DocumentReader, document: JsonRecord): ReasoningWish | null {
  const wish = reader.record(document, 'reasoning');
  const effort = reader.text(document, 'reasoning_effort');
  const isHidden = document['include_reasoning'] === false;
  if (wish === null) {
    if (effort === null && !isHidden) return null;
    return { effort, maxTokens: null, summary: null, exclude: isHidden };
  }
  const enabled = reader.flag(wish, 'enabled', 'reasoning.enabled');
  const told = reader.text(wish, 'effort', 'reasoning.effort') ?? effort;
  const maxTokens = reader.count(wish, 'max_tokens', 0, 'reasoning.max_tokens');
  const fallback = enabled === null || maxTokens !== null ? null : enabled ? 'medium' : 'none';
  return {
    effort: told ?? fallback,
    maxTokens,
    summary: reader.text(wish, 'summary', 'reasoning.summary'),
    exclude: isHidden || reader.flag(wish, 'exclude', 'reasoning.exclude') === true,
  };
}

function readMetadata(reader: DocumentReader, document: JsonRecord): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(reader.record(document, 'metadata') ?? {})) {
    if (typeof value === 'string') Object.defineProperty(metadata, key, { value, enumerable: true });
    else reader.invalid('metadata', 'texts');
  }
  return metadata;
}

function readExtras(document: JsonRecord): TurnExtra[] {
  const extras: TurnExtra[] = [];
  for (const [path, value] of Object.entries(document)) {
    if (value === null || spokenKeys.has(path) || saysText(path, value)) continue;
    extras.push({ path, value, isHarmless: harmlessKeys.has(path) });
  }
  return extras;
}

/** `modalities: ["text"]` is what every model does. */
function saysText(path: string, value: unknown): boolean {
  if (path !== 'modalities' || !Array.isArray(value)) return isRecord(value) && Object.keys(value).length === 0;
  return value.every((modality) => modality === 'text');
}
