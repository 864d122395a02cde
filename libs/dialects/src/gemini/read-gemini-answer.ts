import { AnswerAssembler } from '../turn/answer-assembler.js';
import type { TurnAnswerReading } from '../turn/turn-answer.js';
import type { JsonRecord } from '../turn/turn-request.js';
import type { UsageTraits } from '../usage/usage-reading.js';
import { GeminiStreamReader } from './gemini-stream-reader.js';

/** A whole answer of an upstream that speaks Gemini: one document of what its stream has many of. */
export function readGeminiAnswer(document: JsonRecord, traits: UsageTraits): TurnAnswerReading {
  const reader = new GeminiStreamReader(traits);
  const assembler = new AnswerAssembler();
  const isAnswer = Array.isArray(document['candidates']) || document['promptFeedback'] !== undefined;
  for (const event of reader.document(document, JSON.stringify(document).slice(0, 4096))) {
    if (event.kind === 'failed') return { failure: event.failure };
    assembler.take(event);
  }
  return isAnswer ? { answer: assembler.answer(reader.usage) } : null;
}
