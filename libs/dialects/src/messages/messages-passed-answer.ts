import type { AnswerClosing } from '../call/answer-closing.js';
import { noAnswer, type WholeAnswer, type WrittenAnswer } from '../call/answer-stream.js';
import { invariant } from '../call/invariant.js';
import { isRecord, listOf, parsedJson, textOf } from '../json/records.js';
import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { CLOSE_BRACE, skipSpace } from '../json/json-bytes.js';
import { estimateTokens } from '../tokens/token-estimator.js';
import { MessagesUsageReader } from '../usage/messages-usage.js';
import { valueAt } from './messages-event-walk.js';
import { messagesFailure } from './messages-failure.js';
import { writeMessagesUsage } from './messages-usage-writer.js';

const nothing: WholeAnswer = { ...noAnswer, write: () => invariant('what is no answer cannot be written') };

/**
 * A whole answer of Messages on its way to a client that speaks Messages: its bytes pass, but for the model's name and the
 * usage with its cost. Never throws.
 */
export function passedMessagesAnswer(body: Buffer, model: string): WholeAnswer {
  const document = parsedJson(body.toString());
  if (!isRecord(document)) return nothing;
  const { type, content } = document;
  const failure = type === 'message' ? null : messagesFailure(document);
  if (failure !== null) return { ...nothing, failure };
  if (!Array.isArray(content)) return nothing;
  const reader = new MessagesUsageReader();
  reader.note({ ...document, type: 'message' });
  const { usage, problem, serviceTier } = reader.reading;
  const finishReason = textOf(document['stop_reason']);
  const hasOutput = content.length > 0 || (usage?.output ?? 0) > 0;
  return {
    isAnswer: true,
    failure: null,
    usage,
    usageProblem: problem,
    finishReason,
    isEmpty: finishReason === null && !hasOutput,
    get outputTokens() {
      return countedTokens(content);
    },
    serviceTier,
    write: (closing, keepsUsage) => edited(body, model, { closing, keepsUsage, serviceTier }),
  };
}

interface UsageEdit {
  readonly closing: AnswerClosing;
  readonly keepsUsage: boolean;
  readonly serviceTier: string | null;
}

function edited(body: Buffer, model: string, { closing, keepsUsage, serviceTier }: UsageEdit): WrittenAnswer {
  const edits: ByteEdit[] = [];
  const name = valueAt(body, 0, ['model']);
  if (name !== null) edits.push({ ...name, bytes: Buffer.from(JSON.stringify(model)) });
  const told = valueAt(body, 0, ['usage']);
  const kept = told !== null && keepsUsage ? body.subarray(told.start, told.end) : null;
  const usage = writeMessagesUsage(kept, closing, serviceTier);
  if (told === null) {
    const close = lastBrace(body);
    edits.push({ start: close, end: close, bytes: Buffer.concat([Buffer.from(',"usage":'), usage]) });
  } else edits.push({ start: told.start, end: told.end, bytes: usage });
  const pieces = piecesWith(body, { start: skipSpace(body, 0), end: body.length }, edits);
  return { contentType: 'application/json', body: Buffer.concat(pieces) };
}

function lastBrace(body: Buffer): number {
  return body.lastIndexOf(CLOSE_BRACE);
}

/** Our own count over text, thinking and calls. */
function countedTokens(content: readonly unknown[]): number {
  let text = '';
  for (const block of listOf(content)) {
    if (!isRecord(block)) continue;
    text += textOf(block['text']) ?? textOf(block['thinking']) ?? '';
    if (isRecord(block['input'])) text += (textOf(block['name']) ?? '') + JSON.stringify(block['input']);
  }
  return text === '' ? 0 : Math.ceil(estimateTokens(text));
}
