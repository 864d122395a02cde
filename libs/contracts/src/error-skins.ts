import type { ErrorDefinition } from './error-definition.js';
import { errorCatalogue, errorMessage, type ErrorCode, type ErrorDetails } from './errors.js';

/**
 * The form in which a client expects errors; it hangs on the path alone. `responses` is OpenAI's form with another answer to
 * an empty balance, because its biggest client (Codex) retries a 402 five times.
 */
export type ErrorSkin = 'openai' | 'responses' | 'openrouter' | 'openrouter-responses' | 'anthropic' | 'gemini';

/**
 * The skin of a request target (its query does not matter), whether or not there is anything at it. `/api/v1/messages` is
 * what Claude Code calls with OpenRouter's base URL: its form stays Anthropic's.
 */
export function skinOf(target: string): ErrorSkin {
  const [path = ''] = target.split('?', 1);
  if (isBelow(path, '/v1/responses')) return 'responses';
  if (isBelow(path, '/v1/messages') || isBelow(path, '/api/v1/messages')) return 'anthropic';
  if (isBelow(path, '/api/v1/responses')) return 'openrouter-responses';
  if (isBelow(path, '/api/v1')) return 'openrouter';
  if (isBelow(path, '/v1beta')) return 'gemini';
  return 'openai';
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

/** The HTTP status of an error in a skin. */
export function errorStatus(code: ErrorCode, skin: ErrorSkin): number {
  const { status } = errorCatalogue[code];
  return status === 402 && isResponses(skin) ? 429 : status;
}

/** `error.type` of an error: Anthropic's word in its skin, OpenAI's in all others. Google has none; see `googleStatus`. */
export function errorType(code: ErrorCode, skin: ErrorSkin): string {
  const { status, type }: ErrorDefinition = errorCatalogue[code];
  return skin === 'anthropic' ? (anthropicTypes[status] ?? 'api_error') : type;
}

/** OpenAI's `error.code`. An empty balance has one code only where clients look for OpenAI's own. */
export function publicErrorCode(code: ErrorCode, skin: ErrorSkin): string {
  return errorCatalogue[code].status === 402 && isResponses(skin) ? 'insufficient_quota' : code;
}

function isResponses(skin: ErrorSkin): boolean {
  return skin === 'responses' || skin === 'openrouter-responses';
}

/** The public text of an error in a skin. Clients of Anthropic's find out about a full context by its wording alone. */
export function errorText(code: ErrorCode, details: ErrorDetails, skin: ErrorSkin): string {
  if (skin !== 'anthropic' || code !== 'context_length_exceeded') return errorMessage(code, details);
  return `prompt is too long: ${details.detail ?? '?'} tokens > ${details.limit ?? '?'} maximum`;
}

/** Anthropic's type by the status of the catalogue (its documentation's page on errors). */
const anthropicTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  405: 'invalid_request_error',
  408: 'timeout_error',
  409: 'conflict_error',
  413: 'request_too_large',
  415: 'invalid_request_error',
  422: 'invalid_request_error',
  426: 'invalid_request_error',
  429: 'rate_limit_error',
  500: 'api_error',
  502: 'api_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};

/** Google's `error.status`, the name of a `google.rpc.Code`. */
export function googleStatus(code: ErrorCode): string {
  return googleStatuses[errorCatalogue[code].status] ?? 'UNKNOWN';
}

const googleStatuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'RESOURCE_EXHAUSTED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  415: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  426: 'UNIMPLEMENTED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};
