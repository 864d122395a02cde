import type { ClientDialect } from '../turn/turn-dialect.js';
import { writeExhaustedMessage, writeMessagesAnswer } from './messages-answer-writer.js';
import { messagesErrorEvent } from './messages-errors.js';
import { MESSAGES_PING } from './messages-events.js';
import { readMessagesPassing } from './messages-passing.js';
import { MessagesStreamWriter } from './messages-stream-writer.js';
import { readMessagesTurn } from './read-messages-turn.js';

/** Anthropic's Messages on the client's side. */
export const messagesClient: ClientDialect = {
  name: 'messages',
  read: readMessagesPassing,
  readTurn: readMessagesTurn,
  openWriter: (face, told) => new MessagesStreamWriter(face, told),
  writeAnswer: writeMessagesAnswer,
  keepAlive: () => MESSAGES_PING,
  brokenStream: (error) => messagesErrorEvent(error),
  exhausted: (closing, face) => writeExhaustedMessage(closing, face),
};
