import type { AnswerClosing } from '../call/answer-closing.js';
import type { AnswerStream, WholeAnswer } from '../call/answer-stream.js';
import type { CallFace, CallRequest, CallSource, CallTarget } from '../call/call.js';
import type { ToldStream } from '../call/told-stream.js';
import { readTranslatedAnswer } from '../turn/translated-answer.js';
import { TranslatedStream } from '../turn/translated-stream.js';
import type { PassingCall, PassingReading } from '../turn/turn-dialect.js';
import { editChatAnswer, readChatAnswer } from './chat-answer.js';
import type { ChatFace } from './chat-face.js';
import type { ChatRequest, ChatSplices } from './chat-request.js';
import { ChatStreamMeter } from './chat-stream-meter.js';
import { ChatStreamReader } from './chat-stream-reader.js';
import { ChatTurnWriter } from './chat-turn-writer.js';
import { readChatAnswerTurn } from './read-chat-answer-turn.js';
import { readChatRequest } from './read-chat-request.js';
import { withReasoningName } from './reasoning-name.js';
import { spliceChatRequest } from './splice-chat-request.js';
import { writeChatAnswerTurn } from './write-chat-answer-turn.js';

/** A chat request on its way to an endpoint that speaks chat: its bytes pass, and those of the answer. */
class ChatPassing implements PassingCall {
  constructor(
    private readonly body: Buffer,
    readonly facts: ChatRequest,
    private readonly splices: ChatSplices,
  ) {}

  request(target: CallTarget): CallRequest {
    const { model, maxTokens, traits } = target;
    const changes = { model, includeUsage: this.facts.stream, maxTokens, maxTokensKey: traits.maxTokensKey };
    const body = spliceChatRequest(this.body, this.splices, changes);
    return { body, contentType: 'application/json', headers: [] };
  }

  openStream(target: CallTarget, face: CallFace, told: ToldStream): AnswerStream {
    if (this.facts.hidesReasoning) return this.withoutThinking(target, face, told);
    const { model, standIn } = face;
    const { includeUsage, choices } = this.facts;
    return new ChatStreamMeter({ model, id: told.id, told, standIn, includeUsage, choices, quirks: target.traits });
  }

  readAnswer(body: Buffer, target: CallTarget, face: CallFace): WholeAnswer {
    if (!this.facts.hidesReasoning) return passedAnswer(body, target, face);
    const chat = this.chatFace(face);
    return readTranslatedAnswer(
      body,
      (document) => readChatAnswerTurn(document, target.traits),
      (answer, closing) => writeChatAnswerTurn(answer, closing, chat),
    );
  }

  /** No chat upstream can be told to keep its thinking back: its answer is read and written again. */
  private withoutThinking(target: CallTarget, face: CallFace, told: ToldStream): AnswerStream {
    return new TranslatedStream(new ChatStreamReader(target.traits), new ChatTurnWriter(this.chatFace(face), told));
  }

  private chatFace({ model, standIn }: CallFace): ChatFace {
    const { choices, includeUsage } = this.facts;
    return { model, standIn, tools: [], choices, hidesReasoning: true, asksUsageChunk: includeUsage };
  }
}

/** An answer that came whole from an endpoint that speaks chat. */
function passedAnswer(body: Buffer, target: CallTarget, face: CallFace): WholeAnswer {
  const answer = readChatAnswer(body, target.traits);
  return {
    isAnswer: answer.isChatAnswer,
    failure: answer.failure,
    usage: answer.usage,
    usageProblem: answer.usageProblem,
    finishReason: answer.finishReason,
    isEmpty: answer.isEmpty,
    get outputTokens() {
      return answer.outputTokens;
    },
    serviceTier: answer.serviceTier,
    write: (closing: AnswerClosing, keepsUsage: boolean) => ({
      contentType: 'application/json',
      body: shownAnswer(editChatAnswer(body, { model: face.model, keepsUsage, closing }), face),
    }),
  };
}

/** One byte is one character of latin1, so that nothing but the name changes. */
function shownAnswer(body: Buffer, { skin }: CallFace): Buffer {
  if (skin !== 'openrouter' || !body.includes('"reasoning_content"')) return body;
  return Buffer.from(withReasoningName(body.toString('latin1')), 'latin1');
}

/** Reads a chat request from its bytes: nothing is built of it whatever its size. */
export function readChatPassing({ body, random }: CallSource): PassingReading {
  const reading = readChatRequest(body, random);
  if ('problem' in reading) return reading;
  return { passing: new ChatPassing(body, reading.request, reading.splices) };
}
