import type { AnswerClosing } from '../call/answer-closing.js';
import type { AnswerStream, WholeAnswer, WrittenAnswer } from '../call/answer-stream.js';
import type { CallFace, CallFacts, CallRequest, CallSource, CallTarget, StreamError } from '../call/call.js';
import type { RequestProblem } from '../call/request-problem.js';
import type { ToldStream } from '../call/told-stream.js';
import type { UsageTraits } from '../usage/usage-reading.js';
import type { TurnAnswer, TurnAnswerReading } from './turn-answer.js';
import type { StopReason, TurnEvent, TurnStreamReader } from './turn-event.js';
import type { JsonRecord, TurnReading, TurnRequest, TurnTarget, TurnWriting } from './turn-request.js';

/** Dialects in which a client may ask for a turn of a model. */
export type ClientTurnDialect = 'chat' | 'responses' | 'messages' | 'gemini';
/** Dialects in which an endpoint may be asked for one. */
export type UpstreamTurnDialect = ClientTurnDialect | 'converse';

/** How a request of the dialect goes to an endpoint of the same dialect: its bytes pass, but for the named edits. */
export interface PassingCall {
  readonly facts: CallFacts;
  request(target: CallTarget): CallRequest;
  openStream(target: CallTarget, face: CallFace, told: ToldStream): AnswerStream;
  readAnswer(body: Buffer, target: CallTarget, face: CallFace): WholeAnswer;
}

export type PassingReading = { readonly passing: PassingCall } | { readonly problem: RequestProblem };

/** What a translated answer is written with. */
export interface TurnFace extends CallFace {
  /** The request, for what an answer repeats of it and for the tools' forms and namespaces. */
  readonly turn: TurnRequest;
  /** The request's document as the client sent it: a Responses resource repeats its parameters. */
  readonly document: JsonRecord;
}

/** Writes one attempt's events as the client's dialect has them. */
export interface TurnStreamWriter {
  /** Null when nothing is to be written yet. `finish` events are held back for `finish`. */
  write(event: TurnEvent): Buffer | null;
  /** The end of a whole answer: what was held, usage with its cost, the dialect's last word. */
  finish(closing: AnswerClosing, ending: TurnEnding): Buffer;
  /** See AnswerStream.resource. */
  readonly resource?: Buffer | null;
}

export interface TurnEnding {
  /** `length` for a hold that ran out: every open part and choice ends with it. Null = as the upstream ended. */
  readonly forced: StopReason | null;
  readonly serviceTier: string | null;
}

/** A dialect on the client's side. */
export interface ClientDialect {
  readonly name: ClientTurnDialect;
  /** The facts, from bytes; refuses what is refused whoever answers. */
  read(source: CallSource): PassingReading;
  /** The whole request, read only when it is to be translated. `document` is the parsed body. */
  readTurn(document: JsonRecord, source: CallSource): TurnReading;
  openWriter(face: TurnFace, told: ToldStream): TurnStreamWriter;
  writeAnswer(answer: TurnAnswer, closing: AnswerClosing, face: TurnFace): WrittenAnswer;
  /** The stream as the clients of a skin read it, where that is another one. */
  shownStream?(stream: AnswerStream, face: CallFace): AnswerStream;
  keepAlive(face: CallFace, told: ToldStream): Buffer;
  brokenStream(error: StreamError, face: CallFace, told: ToldStream): Buffer;
  exhausted(closing: AnswerClosing, face: CallFace, facts: CallFacts): WrittenAnswer;
}

/** A dialect on the upstream's side, as far as a translated turn needs it. */
export interface UpstreamTurns {
  readonly name: UpstreamTurnDialect;
  writeRequest(turn: TurnRequest, target: TurnTarget): TurnWriting;
  openReader(traits: UsageTraits): TurnStreamReader;
  /** `document` is the parsed body of a whole answer. */
  readAnswer(document: JsonRecord, traits: UsageTraits): TurnAnswerReading;
}
