import type { CallSource } from '../call/call.js';
import type { ToldStream } from '../call/told-stream.js';
import type { ClientDialect, TurnFace } from '../turn/turn-dialect.js';
import { readResponsesTurn } from './read-responses-turn.js';
import { machineSeconds } from './machine-clock.js';
import { responsesBrokenStream, responsesKeepAlive } from './responses-broken-stream.js';
import { readResponsesPassing } from './responses-passing.js';
import { ResponsesStreamWriter } from './responses-stream-writer.js';
import { writeExhaustedResponse, writeResponsesAnswer } from './write-responses-answer.js';

/** OpenAI's Responses as clients speak it; the request may go on from a stored response, whose id its answer repeats. */
export function responsesClientFor(source: Pick<CallSource, 'replayedResponseId' | 'nowSeconds'>): ClientDialect {
  const { replayedResponseId, nowSeconds = machineSeconds } = source;
  const options = { previousResponseId: replayedResponseId ?? null, nowSeconds };
  const openWriter = (face: TurnFace, told: ToldStream) => new ResponsesStreamWriter(face, told, options);
  return {
    name: 'responses',
    read: readResponsesPassing,
    readTurn: readResponsesTurn,
    openWriter,
    writeAnswer: (answer, closing, face) => writeResponsesAnswer(answer, closing, (told) => openWriter(face, told)),
    keepAlive: responsesKeepAlive,
    brokenStream: responsesBrokenStream,
    exhausted: writeExhaustedResponse,
  };
}

export const responsesClient: ClientDialect = responsesClientFor({});
