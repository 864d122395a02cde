import type { CallSource } from '../call/call.js';
import { isRecord, listOf, textOf } from '../json/records.js';
import type {
  JsonRecord,
  OutputFormat,
  ReasoningWish,
  Sampling,
  TurnExtra,
  TurnMessage,
  TurnReading,
  TurnTool,
} from '../turn/turn-request.js';
import { DocumentReader } from '../turn/document-reader.js';
import { textPart } from './read-responses-content.js';
import { readResponsesInput } from './read-responses-input.js';
import { readResponsesTools, readToolChoice } from './read-responses-tools.js';
import { gatewayKeys } from '../request/gateway-keys.js';
import { wholeNumber } from './responses-parts.js';

/** Members that a turn has, each read below. */
const turnKeys: ReadonlySet<string> = new Set(
  [
    gatewayKeys,
    ['model', 'input', 'instructions', 'tools', 'tool_choice', 'parallel_tool_calls', 'text', 'reasoning', 'stream'],
    ['temperature', 'top_p', 'top_logprobs', 'presence_penalty', 'frequency_penalty', 'max_output_tokens'],
    ['service_tier', 'user', 'safety_identifier', 'metadata', 'prompt_cache_key', 'include'],
  ].flat(),
);

/** They change nothing of the answer: storage, telemetry, caching, how a stream is padded, calls of tools that nobody has. */
const harmlessKeys: ReadonlySet<string> = new Set(
  [
    ['store', 'client_metadata', 'stream_options', 'previous_response_id', 'prompt_cache_retention'],
    ['prompt_cache_options', 'background', 'conversation', 'prompt', 'access_programs', 'max_tool_calls', 'image'],
  ].flat(),
);

/** A request of Responses as a turn, for endpoints that speak another dialect. */
export function readResponsesTurn(document: JsonRecord, { headers }: CallSource): TurnReading {
  const problems = new DocumentReader();
  const input = readResponsesInput(document['input'], problems);
  const instructions = textOf(document['instructions']);
  const declared = readResponsesTools(document['tools'], 'tools', problems);
  const tools = distinct([...declared, ...input.tools]);
  const offersAll = isCodex(headers);
  const turn = {
    model: textOf(document['model']) ?? '',
    messages: [...systemOf(instructions), ...input.messages],
    tools: offersAll ? tools.filter(({ form }) => form !== 'web_search') : tools,
    toolChoice: readToolChoice(document['tool_choice'], problems),
    parallelToolCalls: flagOf(document['parallel_tool_calls']),
    format: formatOf(document['text'], problems),
    reasoning: reasoningOf(document['reasoning']),
    sampling: samplingOf(document),
    maxTokens: wholeNumber(document['max_output_tokens']),
    choices: 1,
    stream: document['stream'] === true,
    serviceTier: textOf(document['service_tier']),
    endUser: textOf(document['user']) ?? textOf(document['safety_identifier']),
    verbosity: offersAll ? null : verbosityOf(document['text']),
    promptCacheKey: textOf(document['prompt_cache_key']),
    metadata: metadataOf(document['metadata']),
    extras: extrasOf(document),
  };
  return problems.problem === null ? { turn } : { problem: problems.problem };
}

/**
 * Codex offers a search of the web and says how much to tell to every model, whoever serves it, and works as well without
 * either. Whoever else asks for them wants them, and is refused where they cannot be had.
 */
function isCodex(headers: CallSource['headers']): boolean {
  const agent = textOf(headers['originator']) ?? textOf(headers['user-agent']) ?? '';
  return agent.toLowerCase().startsWith('codex');
}

function systemOf(instructions: string | null): TurnMessage[] {
  if (instructions === null || instructions === '') return [];
  return [{ role: 'system', parts: [textPart(instructions)], name: null }];
}

/** A search may find a tool that was declared before; an upstream refuses a name that is told twice. */
function distinct(tools: readonly TurnTool[]): TurnTool[] {
  const seen = new Set<string>();
  return tools.filter((tool) => {
    const key = tool.form === 'web_search' ? tool.form : JSON.stringify([tool.namespace, tool.name]);
    return seen.size < seen.add(key).size;
  });
}

function flagOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function formatOf(text: unknown, problems: DocumentReader): OutputFormat {
  const format = isRecord(text) ? text['format'] : undefined;
  if (format === undefined || format === null) return { kind: 'text' };
  const type = isRecord(format) ? format['type'] : null;
  if (type === 'text' || type === 'json_object') return { kind: type };
  if (isRecord(format) && type === 'json_schema' && isRecord(format['schema'])) {
    const { name, description, schema, strict } = format;
    return {
      kind: 'json_schema',
      name: textOf(name) ?? 'answer',
      description: textOf(description),
      schema,
      strict: flagOf(strict),
    };
  }
  problems.unsupported('text.format.type', 'expected text, json_object or json_schema with a schema');
  return { kind: 'text' };
}

function verbosityOf(text: unknown): 'low' | 'medium' | 'high' | null {
  const verbosity = isRecord(text) ? text['verbosity'] : null;
  return verbosity === 'low' || verbosity === 'medium' || verbosity === 'high' ? verbosity : null;
}

function reasoningOf(reasoning: unknown): ReasoningWish | null {
  if (!isRecord(reasoning)) return null;
  const { effort, summary, generate_summary: older, max_tokens: budget, exclude } = reasoning;
  return {
    effort: textOf(effort),
    maxTokens: wholeNumber(budget),
    summary: textOf(summary) ?? textOf(older),
    exclude: exclude === true,
  };
}

function samplingOf(document: JsonRecord): Sampling {
  const asksLogprobs = listOf(document['include']).includes('message.output_text.logprobs');
  const beside = wholeNumber(document['top_logprobs']) ?? 0;
  return {
    temperature: numberOf(document['temperature']),
    topP: numberOf(document['top_p']),
    topK: null,
    seed: null,
    stop: [],
    presencePenalty: numberOf(document['presence_penalty']),
    frequencyPenalty: numberOf(document['frequency_penalty']),
    logitBias: null,
    topLogprobs: asksLogprobs || beside > 0 ? beside : null,
  };
}

function metadataOf(metadata: unknown): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  if (isRecord(metadata)) {
    for (const [key, value] of Object.entries(metadata)) if (typeof value === 'string') texts[key] = value;
  }
  return texts;
}

function extrasOf(document: JsonRecord): TurnExtra[] {
  return Object.entries(document)
    .filter(([path, value]) => !turnKeys.has(path) && value !== null)
    .map(([path, value]) => ({ path, value, isHarmless: harmlessKeys.has(path) || isDefault(path, value) }));
}

/** Said, but only what is so anyway. */
function isDefault(path: string, value: unknown): boolean {
  return path === 'truncation' && value === 'disabled';
}
