import type { AnswerStream, WholeAnswer } from '../call/answer-stream.js';
import type { CallFace, CallFacts, CallRequest, CallSource, CallTarget } from '../call/call.js';
import type { ToldStream } from '../call/told-stream.js';
import { chatClient } from '../chat/chat-dialect.js';
import { readChatAnswerTurn } from '../chat/read-chat-answer-turn.js';
import { readChatTurn } from '../chat/read-chat-turn.js';
import { ChatStreamReader } from '../chat/chat-stream-reader.js';
import { writeChatErrorEvent } from '../chat/chat-stream-writer.js';
import { isRecord, parsedJson } from '../json/records.js';
import { readTranslatedAnswer } from '../turn/translated-answer.js';
import { TranslatedStream } from '../turn/translated-stream.js';
import type { ClientDialect, PassingCall, PassingReading, TurnFace } from '../turn/turn-dialect.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { chatOfCompletion } from './chat-of-completion.js';
import {
  CompletionsWriter,
  writeCompletion,
  writeExhaustedCompletion,
  type CompletionsFace,
} from './completions-writer.js';

/**
 * The legacy `POST /v1/completions`: no upstream speaks it, so a chat upstream is asked in chat and its answer is read and
 * written again, as that of any other dialect. To everything else it is a client of chat.
 */
export const completionsClient: ClientDialect = {
  ...chatClient,
  read: readCompletions,
  readTurn: (document) => {
    const asked = chatOfCompletion(document);
    return 'problem' in asked ? asked : readChatTurn(asked.document);
  },
  openWriter: (face, told) => new CompletionsWriter(completionsFaceOf(face), told),
  writeAnswer: (answer, closing, face) => writeCompletion(answer, closing, completionsFaceOf(face)),
  brokenStream: ({ message, type, status, code }) =>
    writeChatErrorEvent({ message, type, code: status, errorType: code }),
  exhausted: (closing, { model, standIn }, { choices }) =>
    writeExhaustedCompletion(closing, { model, standIn, choices, asksUsageChunk: false }),
};

function readCompletions(source: CallSource): PassingReading {
  const document = parsedJson(source.body.toString());
  // What is no object is refused in the words in which chat refuses it.
  if (!isRecord(document)) return chatClient.read(source);
  const asked = chatOfCompletion(document);
  if ('problem' in asked) return asked;
  const reading = chatClient.read({ ...source, body: Buffer.from(JSON.stringify(asked.document)) });
  return 'problem' in reading ? reading : { passing: new CompletionPassing(reading.passing, document) };
}

class CompletionPassing implements PassingCall {
  constructor(
    private readonly chat: PassingCall,
    private readonly document: JsonRecord,
  ) {}

  get facts(): CallFacts {
    return this.chat.facts;
  }

  request(target: CallTarget): CallRequest {
    return this.chat.request(target);
  }

  openStream(target: CallTarget, face: CallFace, told: ToldStream): AnswerStream {
    return new TranslatedStream(new ChatStreamReader(target.traits), new CompletionsWriter(this.face(face), told));
  }

  readAnswer(body: Buffer, target: CallTarget, face: CallFace): WholeAnswer {
    return readTranslatedAnswer(
      body,
      (document) => readChatAnswerTurn(document, target.traits),
      (answer, closing) => writeCompletion(answer, closing, this.face(face)),
    );
  }

  private face({ model, standIn }: CallFace): CompletionsFace {
    return { model, standIn, choices: this.facts.choices, asksUsageChunk: asksUsageChunk(this.document) };
  }
}

function completionsFaceOf({ model, standIn, turn, document }: TurnFace): CompletionsFace {
  return { model, standIn, choices: turn.choices, asksUsageChunk: asksUsageChunk(document) };
}

function asksUsageChunk({ stream_options: options }: JsonRecord): boolean {
  return isRecord(options) && options['include_usage'] === true;
}
