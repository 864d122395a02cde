import type { AnswerStream, WholeAnswer, WrittenAnswer } from '../call/answer-stream.js';
import type { Call, CallFacts, CallReading, CallRequest, CallTarget } from '../call/call.js';
import { invariant } from '../call/invariant.js';
import type { RequestProblem } from '../call/request-problem.js';
import type { CountedCall } from '../call/counted-call.js';

/**
 * `POST /v1/responses/input_tokens`: a Responses request of which only the prompt is counted. It may be planned for any
 * model, whatever that speaks; only an endpoint of Responses is asked, all others are estimated for.
 */
class ResponsesCount implements Call {
  readonly spoken;
  readonly facts: CallFacts;

  constructor(private readonly call: Call) {
    this.spoken = call.spoken;
    // What a model cannot do, or how much it takes, does not keep anybody from counting.
    this.facts = { ...call.facts, stream: false, needs: [], estimatedTextTokens: 0 };
  }

  problemFor(): RequestProblem | null {
    return null;
  }

  request(target: CallTarget): CallRequest {
    return this.call.request(target);
  }

  openStream(): AnswerStream {
    return invariant('a count is not streamed');
  }

  readAnswer(): WholeAnswer {
    return invariant('a count is no answer of a model');
  }

  keepAlive(): Buffer {
    return invariant('a count is not streamed');
  }

  brokenStream(): Buffer {
    return invariant('a count is not streamed');
  }

  exhausted(): WrittenAnswer {
    return invariant('a count is not charged');
  }
}

export function responsesCount(reading: CallReading): CountedCall | { readonly problem: RequestProblem } {
  if ('problem' in reading) return reading;
  const { call } = reading;
  return { call: new ResponsesCount(call), estimatedTextTokens: call.facts.estimatedTextTokens };
}
