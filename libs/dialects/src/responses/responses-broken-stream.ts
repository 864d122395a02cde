import type { CallFace, StreamError } from '../call/call.js';
import type { ToldStream } from '../call/told-stream.js';
import { keepAliveEvent, openingEvents, responsesEvent, runningState } from './responses-events.js';
import { membersText, requestEcho, resourceText, responseIdOf } from './responses-resource.js';

/** Codes that Codex knows what to do with; any other makes it try again without end. */
const knownCodes: ReadonlySet<string> = new Set([
  'server_error',
  'rate_limit_exceeded',
  'context_length_exceeded',
  'insufficient_quota',
  'invalid_prompt',
  'server_is_overloaded',
]);

/** What a response that nobody has begun says of its request: the stream's end tells it from the request itself. */
const unknownRequest = membersText(requestEcho({}, null));

/** For a client that waits. The first one opens the stream: before `response.created` no other event is understood. */
export function responsesKeepAlive(face: CallFace, told: ToldStream): Buffer {
  return Buffer.from(openingEvents(told, face, unknownRequest) || keepAliveEvent(told));
}

/** `response.failed` under the id that the client has seen. */
export function responsesBrokenStream(error: StreamError, face: CallFace, told: ToldStream): Buffer {
  const opening = openingEvents(told, face, unknownRequest);
  const resource = resourceText(unknownRequest, {
    ...runningState(told.id ?? responseIdOf(face), face),
    status: 'failed',
    error: { code: failureCodeOf(error), message: error.message },
  });
  return Buffer.from(opening + responsesEvent(told, 'response.failed', `"response":${resource}`));
}

function failureCodeOf({ code, status }: StreamError): string {
  if (knownCodes.has(code)) return code;
  if (status === 429) return 'rate_limit_exceeded';
  if (status === 402) return 'insufficient_quota';
  if (status === 503 || status === 529) return 'server_is_overloaded';
  return status >= 400 && status < 500 ? 'invalid_prompt' : 'server_error';
}
