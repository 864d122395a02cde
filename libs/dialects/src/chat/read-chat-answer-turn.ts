import { AnswerAssembler } from '../turn/answer-assembler.js';
import type { TurnAnswerReading } from '../turn/turn-answer.js';
import type { JsonRecord } from '../turn/turn-request.js';
import type { UsageTraits } from '../usage/usage-reading.js';
import { ChatStreamReader } from './chat-stream-reader.js';
import { listOf } from '../json/records.js';

/** A chat upstream's whole answer: read like a stream of one chunk. */
export function readChatAnswerTurn(document: JsonRecord, traits: UsageTraits): TurnAnswerReading {
  const reader = new ChatStreamReader(traits);
  const events = reader.readChunk(document, null) ?? [];
  const assembler = new AnswerAssembler();
  for (const event of events) {
    if (event.kind === 'failed') return { failure: event.failure };
    assembler.take(event);
  }
  if (listOf(document['choices']).length === 0) return null;
  const answer = assembler.answer(reader.usage);
  return answer.choices.length === 0 ? null : { answer };
}
