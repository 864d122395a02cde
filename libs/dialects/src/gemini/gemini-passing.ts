import type { AnswerStream, WholeAnswer } from '../call/answer-stream.js';
import type { CallFace, CallFacts, CallRequest, CallSource, CallTarget } from '../call/call.js';
import type { ToldStream } from '../call/told-stream.js';
import { readTranslatedAnswer } from '../turn/translated-answer.js';
import type { PassingCall, PassingReading } from '../turn/turn-dialect.js';
import { editGeminiDocument } from './gemini-document-edits.js';
import { GeminiStreamMeter } from './gemini-stream-meter.js';
import { readGeminiAnswer } from './read-gemini-answer.js';
import { readGeminiRequest, type GeminiSplices } from './read-gemini-request.js';
import { spliceGeminiRequest } from './splice-gemini-request.js';

/** A request to Gemini on its way to an endpoint that speaks Gemini: its bytes pass, and those of the answer. */
class GeminiPassing implements PassingCall {
  constructor(
    private readonly body: Buffer,
    readonly facts: CallFacts,
    private readonly splices: GeminiSplices,
  ) {}

  request({ maxTokens }: CallTarget): CallRequest {
    const body = spliceGeminiRequest(this.body, this.splices, maxTokens);
    return { body, contentType: 'application/json', headers: [] };
  }

  openStream({ traits }: CallTarget, face: CallFace, told: ToldStream): AnswerStream {
    return new GeminiStreamMeter({ traits, choices: this.facts.choices }, face, told);
  }

  readAnswer(body: Buffer, { traits }: CallTarget, { model }: CallFace): WholeAnswer {
    const read = readTranslatedAnswer(
      body,
      (document) => readGeminiAnswer(document, traits),
      () => ({ contentType: 'application/json', body }),
    );
    return {
      isAnswer: read.isAnswer,
      failure: read.failure,
      usage: read.usage,
      usageProblem: read.usageProblem,
      finishReason: read.finishReason,
      isEmpty: read.isEmpty,
      get outputTokens() {
        return read.outputTokens;
      },
      serviceTier: read.serviceTier,
      write: (closing, keepsUsage) => ({
        contentType: 'application/json',
        body: editGeminiDocument(body, { model, id: null, closing, keepsUsage }),
      }),
    };
  }
}

export function readGeminiPassing(source: CallSource): PassingReading {
  const reading = readGeminiRequest(source);
  if ('problem' in reading) return reading;
  return { passing: new GeminiPassing(source.body, reading.facts, reading.splices) };
}
