import type { AnswerFailure } from '../call/answer-closing.js';
import { isRecord, textOf } from '../json/records.js';

/** An error of Google's, `{"error": {"code": 503, "message", "status": "UNAVAILABLE"}}`; null when the document is none. */
export function geminiFailure(document: Readonly<Record<string, unknown>>): AnswerFailure | null {
  const error = document['error'];
  if (!isRecord(error)) return null;
  const { code } = error;
  return {
    message: textOf(error['message']) ?? 'the provider sent an error without a message',
    type: textOf(error['status']),
    code: typeof code === 'number' ? String(code) : textOf(code),
  };
}
