import type { AnswerClosing } from '../call/answer-closing.js';
import type { AnswerStream, WholeAnswer, WrittenAnswer } from '../call/answer-stream.js';
import type { Call, CallFace, CallFacts, CallRequest, CallTarget, StreamError, UpstreamDialect } from '../call/call.js';
import { invariant } from '../call/invariant.js';
import type { RequestProblem } from '../call/request-problem.js';

/** What one dialect does with a call of its own; it goes to endpoints of that dialect alone. */
export interface PassedDialectCall {
  readonly dialect: UpstreamDialect;
  readonly facts: CallFacts;
  /** The body as the endpoint gets it. */
  request(model: string): CallRequest;
  openStream(target: CallTarget, face: CallFace): AnswerStream;
  readAnswer(body: Buffer, target: CallTarget, face: CallFace): WholeAnswer;
  /** Whether a stream of this call is one of events: then comments and errors may be written between them. */
  readonly hasEvents: boolean;
}

const nothing = Buffer.alloc(0);
const comment = Buffer.from(': APILINK PROCESSING\n\n');

/** A call that no other dialect could carry: embeddings, pictures, sound, rankings. Its bytes pass, but for the named edits. */
export class PassedCall implements Call {
  readonly spoken: readonly UpstreamDialect[];

  constructor(private readonly call: PassedDialectCall) {
    this.spoken = [call.dialect];
  }

  get facts(): CallFacts {
    return this.call.facts;
  }

  get hasEvents(): boolean {
    return this.call.hasEvents;
  }

  problemFor(): RequestProblem | null {
    return null;
  }

  request(target: CallTarget): CallRequest {
    return this.call.request(target.model);
  }

  openStream(target: CallTarget, face: CallFace): AnswerStream {
    return this.call.openStream(target, face);
  }

  readAnswer(body: Buffer, target: CallTarget, face: CallFace): WholeAnswer {
    return this.call.readAnswer(body, target, face);
  }

  /** Nothing can be slipped into sound. */
  keepAlive(): Buffer {
    return this.call.hasEvents ? comment : nothing;
  }

  brokenStream({ message, type, status, code }: StreamError): Buffer {
    if (!this.call.hasEvents) return nothing;
    const error = { message, type, param: null, code: status, metadata: { error_type: code } };
    return Buffer.from(`data: ${JSON.stringify({ error })}\n\n`);
  }

  /** Their holds cover them whole and never grow. */
  exhausted(_closing: AnswerClosing): WrittenAnswer {
    return invariant(`a call of ${this.call.dialect} cannot outgrow its hold`);
  }
}
