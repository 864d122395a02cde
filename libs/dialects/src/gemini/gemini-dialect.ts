import type { CallFace } from '../call/call.js';
import type { ToldStream } from '../call/told-stream.js';
import type { ClientDialect } from '../turn/turn-dialect.js';
import { geminiErrorEvent, geminiEvent } from './gemini-event.js';
import { readGeminiPassing } from './gemini-passing.js';
import { GeminiTurnWriter } from './gemini-turn-writer.js';
import { readGeminiTurn } from './read-gemini-turn.js';
import { writeExhaustedGemini, writeGeminiAnswer } from './write-gemini-answer.js';

/** Google's generateContent as its clients speak it. */
export const geminiClient: ClientDialect = {
  name: 'gemini',
  read: readGeminiPassing,
  readTurn: readGeminiTurn,
  openWriter: (face, told) => new GeminiTurnWriter(face, told),
  writeAnswer: writeGeminiAnswer,
  keepAlive: geminiKeepAlive,
  brokenStream: geminiErrorEvent,
  exhausted: writeExhaustedGemini,
};

/** A document that adds nothing: Google's SDKs take no comments between events. */
function geminiKeepAlive({ model, standIn }: CallFace, told: ToldStream): Buffer {
  told.id ??= standIn.id;
  const candidates = [{ content: { role: 'model', parts: [{ text: '' }] }, index: 0 }];
  return geminiEvent(Buffer.from(JSON.stringify({ candidates, modelVersion: model, responseId: told.id })));
}
