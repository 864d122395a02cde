import type { CallFace } from '../call/call.js';
import { isRecord } from '../json/records.js';
import type { JsonRecord } from '../turn/turn-request.js';

/** Where a response stands, beside what its request said. */
export interface ResourceState {
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly completedSeconds: number | null;
  readonly serviceTier: string | null;
  /** `max_output_tokens` or `content_filter`. */
  readonly incompleteReason: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** JSON of the output items. */
  readonly output: readonly string[];
  /** JSON; null while it runs. */
  readonly usage: string | null;
}

/** The id of a response that no upstream has named; one a generation. */
export function responseIdOf({ standIn }: CallFace): string {
  return `resp_${standIn.id.replace(/^gen[_-]/, '')}`;
}

/**
 * What a response repeats of its request, every field that the open specification requires: numbers and texts where clients
 * read numbers and texts, never null.
 */
export function requestEcho(document: JsonRecord, previousResponseId: string | null): JsonRecord {
  return {
    background: false,
    frequency_penalty: document['frequency_penalty'] ?? 0,
    instructions: document['instructions'] ?? null,
    max_output_tokens: document['max_output_tokens'] ?? null,
    max_tool_calls: document['max_tool_calls'] ?? null,
    metadata: document['metadata'] ?? {},
    parallel_tool_calls: document['parallel_tool_calls'] ?? true,
    presence_penalty: document['presence_penalty'] ?? 0,
    previous_response_id: previousResponseId,
    prompt_cache_key: document['prompt_cache_key'] ?? null,
    reasoning: reasoningEcho(document['reasoning']),
    safety_identifier: document['safety_identifier'] ?? null,
    store: document['store'] !== false,
    temperature: document['temperature'] ?? 1,
    text: textEcho(document['text']),
    tool_choice: document['tool_choice'] ?? 'auto',
    tools: document['tools'] ?? [],
    top_logprobs: document['top_logprobs'] ?? 0,
    top_p: document['top_p'] ?? 1,
    truncation: document['truncation'] ?? 'disabled',
    ...(typeof document['user'] === 'string' ? { user: document['user'] } : {}),
  };
}

function reasoningEcho(reasoning: unknown): JsonRecord {
  const { effort, summary } = isRecord(reasoning) ? reasoning : {};
  return { effort: effort ?? null, summary: summary ?? null };
}

function textEcho(text: unknown): JsonRecord {
  const said = isRecord(text) ? text : {};
  return { ...said, format: said['format'] ?? { type: 'text' } };
}

/** The members of an object as JSON, without its braces. */
export function membersText(record: JsonRecord): string {
  return JSON.stringify(record).slice(1, -1);
}

/** A response as JSON; `echo` are the members of `requestEcho`. */
export function resourceText(echo: string, state: ResourceState): string {
  const { id, createdSeconds, model, status, completedSeconds, incompleteReason, error, output, usage } = state;
  const own = membersText({
    id,
    object: 'response',
    created_at: createdSeconds,
    status,
    completed_at: completedSeconds,
    error,
    incomplete_details: incompleteReason === null ? null : { reason: incompleteReason },
    model,
    service_tier: state.serviceTier ?? 'default',
  });
  return `{${own},${echo},"output":[${output.join(',')}],"usage":${usage ?? 'null'}}`;
}
