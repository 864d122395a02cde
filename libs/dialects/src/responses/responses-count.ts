import type { CallReading } from '../call/call.js';
import { countedCall } from '../call/count-call.js';
import type { CountedCall } from '../call/counted-call.js';
import type { RequestProblem } from '../call/request-problem.js';

/** `POST /v1/responses/input_tokens`: a Responses request of which only the prompt is counted. */
export function responsesCount(reading: CallReading): CountedCall | { readonly problem: RequestProblem } {
  if ('problem' in reading) return reading;
  const { call } = reading;
  return countedCall({ spoken: call.spoken, facts: call.facts, request: (target) => call.request(target) });
}
