import { isRecord, textOf } from '../json/records.js';
import type { AnswerFailure } from './answer-closing.js';

/** An `error` member: an object or, with some upstreams, a bare text. Null and false are no error. */
export function readFailure(error: unknown): AnswerFailure | null {
  if (typeof error === 'string' && error !== '') return { message: error, type: null, code: null };
  return isRecord(error) ? failureOf(error) : null;
}

function failureOf(error: Record<string, unknown>): AnswerFailure {
  const { message, type, code } = error;
  return {
    message: textOf(message) ?? 'the provider sent an error without a message',
    type: textOf(type),
    code: typeof code === 'number' ? String(code) : textOf(code),
  };
}
