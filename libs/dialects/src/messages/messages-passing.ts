import type { AnswerStream, WholeAnswer } from '../call/answer-stream.js';
import type { CallFace, CallFacts, CallRequest, CallSource, CallTarget } from '../call/call.js';
import type { ToldStream } from '../call/told-stream.js';
import type { PassingCall, PassingReading } from '../turn/turn-dialect.js';
import type { MessagesSplices } from './messages-request.js';
import { passedMessagesAnswer } from './messages-passed-answer.js';
import { MessagesStreamMeter } from './messages-stream-meter.js';
import { readMessagesRequest } from './read-messages-request.js';
import { spliceMessagesRequest } from './splice-messages-request.js';

/** Headers of a client that change what Anthropic does, and that go on to it. */
const passedHeaders = ['anthropic-version', 'anthropic-beta'];
const HEADER_CHARACTERS_MAX = 4096;

/** A Messages request on its way to an endpoint that speaks Messages: its bytes pass, and those of the answer. */
class MessagesPassing implements PassingCall {
  private readonly headers: readonly string[];

  constructor(
    private readonly source: CallSource,
    readonly facts: CallFacts,
    private readonly splices: MessagesSplices,
  ) {
    this.headers = messagesHeaders(source.headers);
  }

  request({ model, maxTokens }: CallTarget): CallRequest {
    const body = spliceMessagesRequest(this.source.body, this.splices, { model, maxTokens });
    return { body, contentType: 'application/json', headers: this.headers };
  }

  openStream(_target: CallTarget, face: CallFace, told: ToldStream): AnswerStream {
    return new MessagesStreamMeter(face, told);
  }

  readAnswer(body: Buffer, _target: CallTarget, { model }: CallFace): WholeAnswer {
    return passedMessagesAnswer(body, model);
  }
}

/** A client's headers that go on to an endpoint of the same dialect, names and values in turn. */
export function messagesHeaders(headers: CallSource['headers']): readonly string[] {
  return passedHeaders.flatMap((name) => {
    const value = headers[name];
    const text = Array.isArray(value) ? value.join(',') : value;
    return text === undefined || text === '' || text.length > HEADER_CHARACTERS_MAX ? [] : [name, text];
  });
}

/** Reads a Messages request from its bytes: nothing is built of it whatever its size. */
export function readMessagesPassing(source: CallSource): PassingReading {
  const reading = readMessagesRequest(source.body, source.random);
  if ('problem' in reading) return reading;
  return { passing: new MessagesPassing(source, reading.facts, reading.splices) };
}
