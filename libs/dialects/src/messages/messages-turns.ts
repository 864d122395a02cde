import type { UpstreamTurns } from '../turn/turn-dialect.js';
import { MessagesStreamReader } from './messages-stream-reader.js';
import { readMessagesAnswer } from './read-messages-answer.js';
import { writeMessagesRequest } from './write-messages-request.js';

/** Anthropic's Messages on the upstream's side. */
export const messagesTurns: UpstreamTurns = {
  name: 'messages',
  writeRequest: writeMessagesRequest,
  openReader: () => new MessagesStreamReader(),
  readAnswer: readMessagesAnswer,
};
