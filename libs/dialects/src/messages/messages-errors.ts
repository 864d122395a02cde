import type { StreamError } from '../call/call.js';
import { messagesEvent } from './messages-events.js';

/** Anthropic's error types by HTTP status, as its documentation lists them. */
const types: ReadonlyMap<number, string> = new Map([
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [408, 'timeout_error'],
  [413, 'request_too_large'],
  [422, 'invalid_request_error'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]);

/** Anthropic's error type for an HTTP status; SDKs tell errors inside a stream apart by it alone. */
export function messagesErrorType(status: number): string {
  return types.get(status) ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}

/** The last event of a stream that broke: no `message_stop` follows, so that it does not look whole. */
export function messagesErrorEvent({ message, status, code }: StreamError): Buffer {
  // A hold that ran out is the customer's balance, whatever status a dialect of OpenAI's gives it.
  const type = code === 'insufficient_quota' ? 'billing_error' : messagesErrorType(status);
  return messagesEvent({ type: 'error', error: { type, message } });
}
