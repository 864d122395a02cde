import type { AnswerStream, WholeAnswer, WrittenAnswer } from './answer-stream.js';
import type { Call, CallFacts, CallRequest, CallTarget, UpstreamDialect } from './call.js';
import type { CountedCall } from './counted-call.js';
import { invariant } from './invariant.js';
import type { RequestProblem } from './request-problem.js';

export interface CountParts {
  /** Its own dialect first: only an endpoint of that one is asked, all others are estimated for. */
  readonly spoken: readonly UpstreamDialect[];
  readonly facts: CallFacts;
  readonly request: (target: CallTarget) => CallRequest;
}

/** A request of which only the prompt is counted. It may be planned for any model, whatever that speaks. */
class CountCall implements Call {
  readonly spoken: readonly UpstreamDialect[];
  readonly facts: CallFacts;

  constructor(private readonly parts: CountParts) {
    this.spoken = parts.spoken;
    // What a model cannot do, or how much it takes, does not keep anybody from counting.
    this.facts = { ...parts.facts, stream: false, needs: [], estimatedTextTokens: 0 };
  }

  problemFor(): RequestProblem | null {
    return null;
  }

  request(target: CallTarget): CallRequest {
    return this.parts.request(target);
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

export function countedCall(parts: CountParts): CountedCall {
  return { call: new CountCall(parts), estimatedTextTokens: parts.facts.estimatedTextTokens };
}
