import { readFailure } from '../call/read-failure.js';
import type { AnswerFailure } from '../call/answer-closing.js';
import { isRecord, listOf, textOf } from '../json/records.js';

export interface ChoiceReading {
  readonly index: number;
  readonly finishReason: string | null;
  readonly hasContent: boolean;
}

/** What one chunk of a chat stream says. */
export interface ChunkReading {
  readonly failure: AnswerFailure | null;
  /** Null when the object has no list of choices: then it is no chunk. */
  readonly choices: readonly ChoiceReading[] | null;
  /** The usage object as it came; null when there is none. */
  readonly usage: Record<string, unknown> | null;
  readonly id: string | null;
  readonly created: number | null;
  readonly model: string | null;
  readonly serviceTier: string | null;
}

/** Reads a parsed chunk. `eventName` is the SSE field: `error` makes any object a failure. */
export function readChunk(chunk: Record<string, unknown>, eventName: string | null): ChunkReading {
  const { choices, usage, created } = chunk;
  return {
    failure: readFailure(chunk['error'] ?? null) ?? (eventName === 'error' ? readFailure(chunk) : null),
    choices: Array.isArray(choices) ? choices.map((choice, place) => readChoice(choice, place)) : null,
    usage: isRecord(usage) ? usage : usageOfGroq(chunk['x_groq']),
    id: textOf(chunk['id']),
    created: typeof created === 'number' && Number.isSafeInteger(created) ? created : null,
    model: textOf(chunk['model']),
    serviceTier: textOf(chunk['service_tier']),
  };
}

/** Groq puts the usage of a stream beside its other private members; where it was asked for, a plain one follows. */
function usageOfGroq(member: unknown): Record<string, unknown> | null {
  const usage = isRecord(member) ? member['usage'] : null;
  return isRecord(usage) ? usage : null;
}

function readChoice(choice: unknown, place: number): ChoiceReading {
  if (!isRecord(choice)) return { index: place, finishReason: null, hasContent: false };
  const { index, delta, message } = choice;
  const parts = isRecord(delta) ? delta : isRecord(message) ? message : {};
  return {
    index: typeof index === 'number' ? index : place,
    finishReason: textOf(choice['finish_reason']),
    hasContent: Object.entries(parts).some(([key, value]) => key !== 'role' && isFilled(value)),
  };
}

function isFilled(value: unknown): boolean {
  if (typeof value === 'string') return value !== '';
  return Array.isArray(value) ? listOf(value).length > 0 : isRecord(value);
}
