import type { CountedCall } from '../call/counted-call.js';
import type { AnswerStream, WholeAnswer, WrittenAnswer } from '../call/answer-stream.js';
import type { Call, CallFacts, CallRequest, CallSource, CallTarget } from '../call/call.js';
import { invariant } from '../call/invariant.js';
import type { RequestProblem } from '../call/request-problem.js';
import { messagesHeaders } from './messages-passing.js';
import type { MessagesSplices } from './messages-request.js';
import { readMessagesRequest } from './read-messages-request.js';
import { spliceMessagesRequest } from './splice-messages-request.js';

/**
 * `POST /v1/messages/count_tokens`: a Messages request without an output limit, of which only the prompt is counted. It may
 * be planned for any model, whatever that speaks; only an endpoint of Messages is asked, all others are estimated for.
 */
class MessagesCount implements Call {
  readonly spoken = ['messages', 'chat', 'responses', 'gemini', 'converse'] as const;
  readonly facts: CallFacts;

  constructor(
    private readonly source: CallSource,
    facts: CallFacts,
    private readonly splices: MessagesSplices,
  ) {
    // What a model cannot do, or how much it takes, does not keep anybody from counting.
    this.facts = { ...facts, stream: false, needs: [], estimatedTextTokens: 0 };
  }

  problemFor(): RequestProblem | null {
    return null;
  }

  request({ model }: CallTarget): CallRequest {
    const body = spliceMessagesRequest(this.source.body, this.splices, { model, maxTokens: null });
    return { body, contentType: 'application/json', headers: messagesHeaders(this.source.headers) };
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

export function readMessagesCount(source: CallSource): CountedCall | { readonly problem: RequestProblem } {
  const reading = readMessagesRequest(source.body, source.random, { needsMaxTokens: false });
  if ('problem' in reading) return reading;
  const { facts, splices } = reading;
  return { call: new MessagesCount(source, facts, splices), estimatedTextTokens: facts.estimatedTextTokens };
}
