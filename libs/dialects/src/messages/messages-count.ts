import type { CallSource } from '../call/call.js';
import { countedCall } from '../call/count-call.js';
import type { CountedCall } from '../call/counted-call.js';
import type { RequestProblem } from '../call/request-problem.js';
import { messagesHeaders } from './messages-passing.js';
import { readMessagesRequest } from './read-messages-request.js';
import { spliceMessagesRequest } from './splice-messages-request.js';

const spoken = ['messages', 'chat', 'responses', 'gemini', 'converse'] as const;

/** `POST /v1/messages/count_tokens`: a Messages request without an output limit, of which only the prompt is counted. */
export function readMessagesCount(source: CallSource): CountedCall | { readonly problem: RequestProblem } {
  const { body, headers } = source;
  const reading = readMessagesRequest(body, source.random, { needsMaxTokens: false });
  if ('problem' in reading) return reading;
  const { facts, splices } = reading;
  return countedCall({
    spoken,
    facts,
    request: ({ model }) => ({
      body: spliceMessagesRequest(body, splices, { model, maxTokens: null }),
      contentType: 'application/json',
      headers: messagesHeaders(headers),
    }),
  });
}
