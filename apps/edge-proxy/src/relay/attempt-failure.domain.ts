import type { AnswerFailure } from '@apilink/dialects';
import { classOfStatus, type FailureClass } from '@apilink/routing';

import { contextRefusal, type ContextRefusal } from './context-refusal.domain.js';

/** Why one attempt failed. */
export interface AttemptFailure {
  readonly class: FailureClass;
  /** The upstream's status; null when there was no answer. */
  readonly status: number | null;
  /** What the upstream asked for; null when it did not. */
  readonly retryAfterMs: number | null;
  /** The provider's own words about a refused request; null for every other failure: they are ours to keep. */
  readonly refusal: Refusal | null;
}

export interface Refusal {
  readonly message: string;
  readonly code: string | null;
  /** The prompt is longer than the model's context; null for every other refusal. */
  readonly context: ContextRefusal | null;
}

const REFUSAL_CHARACTERS_MAX = 1_000;

/** The failure that an answer with an error status is. */
export function failureOfStatus(status: number, body: Buffer, retryAfterMs: number | null): AttemptFailure {
  const told = errorTold(body);
  const failureClass = isKeyRefused(status, body) ? 'credential_refused' : (classOfStatus(status) ?? 'malformed');
  return {
    class: failureClass,
    status,
    retryAfterMs,
    refusal: failureClass === 'request_refused' ? told : null,
  };
}

/** Google tells a key that it does not know with the status of a broken request. */
function isKeyRefused(status: number, body: Buffer): boolean {
  return status === 400 && body.includes('"API_KEY_INVALID"');
}

/** Codes and types by which providers say, inside a 200 answer, that the request itself is at fault. */
const refusingWords: ReadonlySet<string> = new Set([
  'invalid_request_error',
  'context_length_exceeded',
  'content_policy_violation',
  'content_filter',
  'invalid_prompt',
  'request_too_large',
  'INVALID_ARGUMENT',
]);

/** By which they say that they are at a limit. */
const limitingWords: ReadonlySet<string> = new Set(['429', 'RESOURCE_EXHAUSTED']);

/** The failure that an error object inside an answer with status 200 is. */
export function failureOfError(failure: AnswerFailure): AttemptFailure {
  const words = [failure.code, failure.type].filter((word) => word !== null);
  const base = { status: 200, retryAfterMs: null };
  if (words.some((word) => refusingWords.has(word) || word === '400' || word === '413' || word === '422')) {
    const message = failure.message.slice(0, REFUSAL_CHARACTERS_MAX);
    return { ...base, class: 'request_refused', refusal: refusalOf(message, failure.code) };
  }
  const isLimit = words.some((word) => word.startsWith('rate_limit') || limitingWords.has(word));
  return { ...base, class: isLimit ? 'rate_limited' : 'server_error', refusal: null };
}

export function failureOf(failureClass: FailureClass, status: number | null = null): AttemptFailure {
  return { class: failureClass, status, retryAfterMs: null, refusal: null };
}

/** What the catalogue's message says of a failure that ended a request; never the provider's own words. */
export const failureWords: Readonly<Record<FailureClass, string>> = {
  connect_error: 'it could not be reached',
  reset: 'it broke the connection',
  first_token_timeout: 'it did not begin to answer in time',
  idle_timeout: 'it stopped answering',
  rate_limited: 'it is at its limit',
  server_error: 'it failed',
  credential_refused: 'it is not available',
  request_refused: 'it refused the request',
  malformed: 'its answer could not be read',
  cut: 'it broke off its answer',
  cancelled: 'the request was cancelled',
};

function errorTold(body: Buffer): Refusal {
  const text = body.toString('utf8');
  const document = parseJson(text);
  // Google's streams tell errors in a list.
  const parsed: unknown = Array.isArray(document) ? document[0] : document;
  const error = member(parsed, 'error') ?? parsed;
  const message = typeof error === 'string' ? error : (member(error, 'message') ?? member(parsed, 'message'));
  const code = member(error, 'code');
  const words = (typeof message === 'string' ? message : text).slice(0, REFUSAL_CHARACTERS_MAX);
  return refusalOf(words, typeof code === 'string' ? code : null);
}

function refusalOf(message: string, code: string | null): Refusal {
  return { message, code, context: contextRefusal(message, code) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? new Map(Object.entries(value)).get(name)
    : undefined;
}
