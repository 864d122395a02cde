import type { ClientDialect, UpstreamTurns } from '../turn/turn-dialect.js';
import { chatFaceOf } from './chat-face.js';
import { readChatPassing } from './chat-passing.js';
import { ChatStreamReader } from './chat-stream-reader.js';
import { CHAT_KEEP_ALIVE, writeChatErrorChunk, writeChatErrorEvent } from './chat-stream-writer.js';
import { ChatTurnWriter } from './chat-turn-writer.js';
import { readChatAnswerTurn } from './read-chat-answer-turn.js';
import { readChatTurn } from './read-chat-turn.js';
import { writeChatAnswerTurn, writeExhaustedChat } from './write-chat-answer-turn.js';
import { writeChatTurnRequest } from './write-chat-turn-request.js';
import { StrictChunkStream } from './strict-chunk-stream.js';

/** OpenAI's Chat Completions as clients speak it, with OpenRouter's additions. */
export const chatClient: ClientDialect = {
  name: 'chat',
  read: readChatPassing,
  readTurn: readChatTurn,
  openWriter: (face, told) => new ChatTurnWriter(chatFaceOf(face), told),
  writeAnswer: (answer, closing, face) => writeChatAnswerTurn(answer, closing, chatFaceOf(face)),
  keepAlive: () => CHAT_KEEP_ALIVE,
  shownStream: (stream, { skin }) => (skin === 'openrouter' ? new StrictChunkStream(stream) : stream),
  brokenStream: ({ message, type, status, code }, { model, standIn, skin }, told) => {
    const error = { message, type, code: status, errorType: code };
    if (skin === 'own') return writeChatErrorEvent(error);
    return writeChatErrorChunk(error, { id: told.id ?? standIn.id, createdSeconds: standIn.createdSeconds, model });
  },
  exhausted: writeExhaustedChat,
};

/** Chat Completions as upstreams speak it: whatever calls itself OpenAI-compatible. */
export const chatTurns: UpstreamTurns = {
  name: 'chat',
  writeRequest: writeChatTurnRequest,
  openReader: (traits) => new ChatStreamReader(traits),
  readAnswer: readChatAnswerTurn,
};
