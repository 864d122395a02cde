import type { UpstreamTurns } from '../turn/turn-dialect.js';
import { GeminiStreamReader } from './gemini-stream-reader.js';
import { readGeminiAnswer } from './read-gemini-answer.js';
import { writeGeminiRequest } from './write-gemini-request.js';

/** Google's generateContent as upstreams speak it: the Gemini API and Vertex AI. */
export const geminiTurns: UpstreamTurns = {
  name: 'gemini',
  writeRequest: writeGeminiRequest,
  openReader: (traits) => new GeminiStreamReader(traits),
  readAnswer: readGeminiAnswer,
};
