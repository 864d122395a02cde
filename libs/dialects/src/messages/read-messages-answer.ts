import { isRecord, listOf, textOf } from '../json/records.js';
import type { TurnAnswerReading } from '../turn/turn-answer.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { MessagesUsageReader } from '../usage/messages-usage.js';
import { messagesFailure } from './messages-failure.js';
import { answerPartOf } from './read-messages-answer-block.js';
import { stopReasonOf } from './stop-reasons.js';

/** A whole answer of an upstream that speaks Messages. */
export function readMessagesAnswer(document: JsonRecord): TurnAnswerReading {
  const { type, content, id } = document;
  const failure = type === 'message' ? null : messagesFailure({ ...document });
  if (failure !== null) return { failure };
  if (!Array.isArray(content)) return null;
  const usage = new MessagesUsageReader();
  usage.note({ ...document, type: 'message' });
  const word = textOf(document['stop_reason']);
  const parts = listOf(content)
    .map((block) => (isRecord(block) ? answerPartOf(block) : null))
    .filter((part) => part !== null);
  const choice = {
    parts,
    reason: word === null ? null : stopReasonOf(word),
    stopSequence: textOf(document['stop_sequence']),
    logprobs: [],
  };
  return { answer: { id: textOf(id), createdSeconds: null, choices: [choice], usage: usage.reading } };
}
