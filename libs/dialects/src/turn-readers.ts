import type { CallReading, CallSource } from './call/call.js';
import { chatClient, chatTurns } from './chat/chat-dialect.js';
import { converseTurns } from './converse/converse-turns.js';
import { completionsClient } from './completions/completions-dialect.js';
import { geminiClient } from './gemini/gemini-dialect.js';
import { geminiTurns } from './gemini/gemini-turns.js';
import { messagesClient } from './messages/messages-dialect.js';
import { messagesTurns } from './messages/messages-turns.js';
import { responsesClient, responsesClientFor } from './responses/responses-dialect.js';
import { responsesCount } from './responses/responses-count.js';
import { responsesTurns } from './responses/responses-turns.js';
import { readTurnCall } from './turn/turn-call.js';
import type { ClientDialect, UpstreamTurns } from './turn/turn-dialect.js';

/**
 * Every dialect in which an endpoint may be asked for a turn, in the order in which they are tried on one that speaks several;
 * a client's own comes first whatever the order here. Gemini's own goes before chat, in which Google loses its signatures.
 */
export const turnUpstreams: readonly UpstreamTurns[] = [
  geminiTurns,
  chatTurns,
  responsesTurns,
  messagesTurns,
  converseTurns,
];

/** Every dialect in which a client may ask for one. */
export const turnClients: readonly ClientDialect[] = [chatClient, messagesClient, responsesClient, geminiClient];

/** `POST /v1/chat/completions`. */
export function readChatCall(source: CallSource): CallReading {
  return readTurnCall(source, chatClient, turnUpstreams);
}

/** `POST /v1/messages`. */
export function readMessagesCall(source: CallSource): CallReading {
  return readTurnCall(source, messagesClient, turnUpstreams);
}

/** `POST /v1/responses`. */
export function readResponsesCall(source: CallSource): CallReading {
  return readTurnCall(source, responsesClientFor(source), turnUpstreams);
}

/** `POST /v1/responses/input_tokens`. */
export function readResponsesCount(source: CallSource) {
  return responsesCount(readResponsesCall(source));
}

/** `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`. */
export function readGeminiCall(source: CallSource): CallReading {
  return readTurnCall(source, geminiClient, turnUpstreams);
}

/** `POST /v1/completions`, which nobody should use any more and many still do. */
export function readCompletionsCall(source: CallSource): CallReading {
  return readTurnCall(source, completionsClient, turnUpstreams);
}
