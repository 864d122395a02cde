import { passing, permanent, type ErrorDefinition } from './error-definition.js';

/** Of what a client asks to be kept: stored responses, answers under an `Idempotency-Key`. */
export const keepingErrors = {
  response_not_found: permanent(
    404,
    'not_found_error',
    'The response "{detail}" does not exist in this account.',
    'Use the id of an answer that was stored within the last 30 days and not deleted; or send its items as input.',
  ),
  response_item_not_found: permanent(
    404,
    'not_found_error',
    'The item "{detail}" does not exist in this account.',
    'Send the item itself; only items of stored responses can be referred to.',
  ),
  conversation_too_large: permanent(
    400,
    'invalid_request_error',
    'The conversation behind "{param}" is too large: {detail}.',
    'Begin a new conversation with a summary; POST /v1/responses/compact makes one.',
  ),
  storage_not_offered: permanent(
    400,
    'invalid_request_error',
    'This installation does not keep what "{param}" asks for.',
    'Leave it out; the operator offers it by DATABASE_URL and SECRETS_KEY of the edge.',
  ),
  storage_unavailable: passing(
    503,
    'server_error',
    'What is kept for clients cannot be reached at the moment; nothing was charged.',
    'Retry as retry-after says; requests that ask for nothing to be kept go on.',
  ),
  idempotency_key_in_use: passing(
    409,
    'invalid_request_error',
    'A request with this Idempotency-Key is still running.',
    'Wait for its answer, or retry as retry-after says.',
  ),
  idempotency_key_reused: permanent(
    422,
    'invalid_request_error',
    'This Idempotency-Key was sent with another request before.',
    'Send a new key with each new request.',
  ),
  idempotent_answer_not_kept: permanent(
    409,
    'invalid_request_error',
    'The request with this Idempotency-Key was charged, and its answer cannot be given again: {detail}.',
    'GET /v1/generation?id= tells what became of it; a new key makes a new request.',
  ),
} as const satisfies Record<string, ErrorDefinition>;
