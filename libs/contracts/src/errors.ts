import { passing, permanent, type ErrorDefinition } from './error-definition.js';
import { keepingErrors } from './keeping-errors.js';
import { paymentErrors } from './payment-errors.js';

export type { ErrorDefinition } from './error-definition.js';

/**
 * The catalogue of errors that a client can meet. `message` is the public text; `{name}` is filled from the error's
 * details. The internal cause never stands here. docs/errors.md is generated from this list and tested equal to it.
 */
export const errorCatalogue = {
  missing_api_key: permanent(
    401,
    'authentication_error',
    'No API key was sent. Send it as "Authorization: Bearer sk-al-v1-…".',
    'Add the header; keys are made with `apilink key create`.',
  ),
  malformed_api_key: permanent(
    401,
    'authentication_error',
    'The API key is malformed: its form or its checksum is wrong.',
    'Copy the key again, whole; it starts with sk-al-v1- and has 46 characters after that.',
  ),
  unknown_api_key: permanent(
    401,
    'authentication_error',
    'The API key does not exist.',
    'Create a key, or check that it belongs to this installation.',
  ),
  revoked_api_key: permanent(401, 'authentication_error', 'The API key was revoked.', 'Create another key.'),
  expired_api_key: permanent(
    401,
    'authentication_error',
    'The API key has expired.',
    'Create another key, or one that lives longer.',
  ),
  disabled_api_key: permanent(
    401,
    'authentication_error',
    'The API key is disabled.',
    'Enable it with `apilink key update`.',
  ),
  invalid_access_token: permanent(
    401,
    'authentication_error',
    'The access token is not valid: {detail}.',
    'Exchange the operator token for a new access token; one lives for ten minutes.',
  ),
  role_missing: permanent(
    403,
    'permission_error',
    'This needs the role {detail}.',
    'Ask somebody who has the role, or have it granted.',
  ),
  management_key: permanent(
    403,
    'permission_error',
    'This is a management key: it manages the API keys of its account and cannot do anything else.',
    'Use an API key that was created without `--management`.',
  ),
  management_key_needed: permanent(
    403,
    'permission_error',
    'Only a management key may do this.',
    'Create one with `apilink key create --management`.',
  ),
  account_suspended: permanent(
    403,
    'permission_error',
    'The account is suspended.',
    'Write to the operator of this installation.',
  ),
  workspace_disabled: permanent(
    403,
    'permission_error',
    'The workspace of this API key is disabled.',
    'Enable it with `apilink workspace update`, or use a key of another workspace.',
  ),
  invalid_json: permanent(
    400,
    'invalid_request_error',
    'The body is not valid JSON: {detail}.',
    'Mend the body at the position that the message names.',
  ),
  duplicate_key: permanent(
    400,
    'invalid_request_error',
    'The body has the key "{param}" more than once.',
    'Send every top-level key once.',
  ),
  invalid_parameter: permanent(
    400,
    'invalid_request_error',
    'Invalid "{param}": {detail}.',
    'Mend the parameter that `param` names.',
  ),
  missing_parameter: permanent(400, 'invalid_request_error', 'The parameter "{param}" is required.', 'Send it.'),
  unsupported_parameter: permanent(
    400,
    'invalid_request_error',
    'The parameter "{param}" cannot be carried over to this model: {detail}.',
    'Leave it out, or choose a model that supports it.',
  ),
  json_too_deep: permanent(
    400,
    'invalid_request_error',
    'The body is nested deeper than {limit} levels.',
    'Send a flatter document.',
  ),
  invalid_header: permanent(
    400,
    'invalid_request_error',
    'Invalid header "{param}": {detail}.',
    'Mend the header that `param` names.',
  ),
  body_too_large: permanent(
    413,
    'invalid_request_error',
    'The body is larger than {limit} bytes.',
    'Send less in one request.',
  ),
  unsupported_encoding: permanent(
    415,
    'invalid_request_error',
    'The content encoding "{detail}" is not supported.',
    'Send the body without content-encoding.',
  ),
  unsupported_media_type: permanent(
    415,
    'invalid_request_error',
    'The content type "{detail}" is not supported; send application/json.',
    'Send application/json.',
  ),
  body_timeout: permanent(
    408,
    'invalid_request_error',
    'The body did not arrive within {limit} seconds.',
    'Send the body without a pause.',
  ),
  not_found: permanent(404, 'not_found_error', 'There is nothing at {detail}.', 'GET /openapi.json lists the paths.'),
  method_not_allowed: permanent(
    405,
    'invalid_request_error',
    'The method {detail} is not allowed here.',
    'Use the method that the `allow` header names.',
  ),
  upgrade_refused: permanent(
    426,
    'invalid_request_error',
    'This connection is not upgraded to another protocol.',
    'Send a POST over HTTP; streams come as server-sent events.',
  ),
  model_not_found: permanent(
    404,
    'not_found_error',
    'The model "{detail}" does not exist.',
    'GET /v1/models lists the models.',
  ),
  model_unpriced: permanent(
    404,
    'not_found_error',
    'The model "{detail}" has no price yet and is not served.',
    'Give it a price in apilink.yaml.',
  ),
  model_dialect_unsupported: permanent(
    400,
    'invalid_request_error',
    'The model {detail}.',
    'Choose a model that answers here, or call this one over what it is offered for.',
  ),
  no_endpoint_wanted: permanent(
    404,
    'not_found_error',
    'No endpoint of the model is left by what you ask of routing: {detail}.',
    'Widen `provider`, or take the suffix off the model. GET /v1/models/{author}/{slug}/endpoints lists the endpoints.',
  ),
  model_not_allowed: permanent(
    403,
    'permission_error',
    'This API key may not use the model "{detail}".',
    "Use a model of the key's allow-list, or change the list.",
  ),
  generation_not_found: permanent(
    404,
    'not_found_error',
    'The generation "{detail}" does not exist in this account.',
    'Use the x-generation-id of an answer to a key of the same account.',
  ),
  insufficient_balance: permanent(
    402,
    'insufficient_quota',
    'The balance of {available} USD does not cover the least this request can cost, {least} USD.',
    'Top up, or ask for less.',
  ),
  key_cap_exhausted: permanent(
    402,
    'insufficient_quota',
    'The {period} cap of this API key leaves {available} USD; the least this request can cost is {least} USD.',
    'Raise the cap, or wait for the next period.',
  ),
  workspace_budget_exhausted: permanent(
    403,
    'permission_error',
    'The monthly budget of the workspace leaves {available} USD; the least this request can cost is {least} USD.',
    'Raise the budget, or wait for the next month.',
  ),
  rate_limit_requests: passing(
    429,
    'rate_limit_error',
    'This API key is limited to {limit} requests a minute.',
    'Wait as long as retry-after says.',
  ),
  rate_limit_tokens: passing(
    429,
    'rate_limit_error',
    'This API key is limited to {limit} tokens a minute.',
    'Wait as long as retry-after says.',
  ),
  rate_limit_concurrency: passing(
    429,
    'rate_limit_error',
    'At most {limit} requests may run at once.',
    'Wait for a running request to end.',
  ),
  rate_limit_address: passing(
    429,
    'rate_limit_error',
    'Too many requests from this address.',
    'Wait as long as retry-after says.',
  ),
  context_length_exceeded: permanent(
    400,
    'invalid_request_error',
    'The request has about {detail} tokens; the model takes at most {limit}.',
    'Send less, or choose a model with a larger context.',
  ),
  upstream_refused: permanent(
    400,
    'invalid_request_error',
    'The provider refused the request: {detail}',
    'Mend what the provider names.',
  ),
  ...keepingErrors,
  ...paymentErrors,
  billing_unavailable: passing(
    503,
    'server_error',
    'Billing is not reachable; nothing was charged.',
    'Retry as retry-after says.',
  ),
  server_is_overloaded: passing(
    503,
    'server_error',
    'No provider of this model could answer: {detail}.',
    'Retry as retry-after says.',
  ),
  spool_full: passing(
    503,
    'server_error',
    'Usage events cannot be stored at the moment; nothing was charged.',
    'Retry as retry-after says; the operator sees an alert.',
  ),
  shutting_down: passing(503, 'server_error', 'This server is shutting down.', 'Retry at once on another connection.'),
  upstream_cut: passing(
    502,
    'server_error',
    'The provider broke off its answer.',
    'Retry; the receipt tells what was charged.',
  ),
  upstream_timeout: passing(
    504,
    'server_error',
    'The provider stopped answering.',
    'Retry; the receipt tells what was charged.',
  ),
  internal_error: passing(
    500,
    'server_error',
    'Something went wrong on our side; the request id helps us find it.',
    'Retry; report the request id if it stays.',
  ),
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorCatalogue;
/** Values for the placeholders of a message, and the parameter it is about. */
export type ErrorDetails = Readonly<
  Partial<Record<'param' | 'detail' | 'limit' | 'available' | 'least' | 'period', string>>
>;

/** The public text of an error, its placeholders filled. */
export function errorMessage(code: ErrorCode, details: ErrorDetails): string {
  const values = new Map(Object.entries(details));
  return errorCatalogue[code].message.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => values.get(name) ?? '?');
}
