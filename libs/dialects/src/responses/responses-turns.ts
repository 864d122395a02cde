import type { UpstreamTurns } from '../turn/turn-dialect.js';
import { readResponsesAnswer } from './read-responses-answer.js';
import { ResponsesStreamReader } from './responses-stream-reader.js';
import { writeResponsesRequest } from './write-responses-request.js';

/** OpenAI's Responses on the upstream's side. */
export const responsesTurns: UpstreamTurns = {
  name: 'responses',
  writeRequest: writeResponsesRequest,
  openReader: (traits) => new ResponsesStreamReader(traits),
  readAnswer: readResponsesAnswer,
};
