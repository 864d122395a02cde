import type { AnswerFailure } from '../call/answer-closing.js';
import { isRecord, textOf } from '../json/records.js';

/** The error of an `error` event or body, `{"type": "error", "error": {"type", "message"}}`; null when there is none. */
export function messagesFailure(document: Record<string, unknown>): AnswerFailure | null {
  const { type, error } = document;
  if (isRecord(error)) {
    return {
      message: textOf(error['message']) ?? 'the provider sent an error without a message',
      type: textOf(error['type']),
      code: textOf(error['code']),
    };
  }
  if (typeof error === 'string' && error !== '') return { message: error, type: null, code: null };
  if (type !== 'error') return null;
  return {
    message: textOf(document['message']) ?? 'the provider sent an error without a message',
    type: null,
    code: null,
  };
}
