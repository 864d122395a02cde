import type { AnswerFailure } from '../call/answer-closing.js';
import { isRecord, textOf } from '../json/records.js';

/** An error as Responses tells it: in a response that failed, in an `error` event (flat or nested), or in a body. */
export function responsesFailure(error: unknown): AnswerFailure {
  if (typeof error === 'string' && error !== '') return { message: error, type: null, code: null };
  const told = isRecord(error) ? error : {};
  const { message, type, code } = told;
  return {
    message: textOf(message) ?? 'the provider sent an error without a message',
    type: type === 'error' ? null : textOf(type),
    code: typeof code === 'number' ? String(code) : textOf(code),
  };
}

/** The failure that a response tells of itself; null when it did not fail. */
export function failureOfResponse(response: Readonly<Record<string, unknown>>): AnswerFailure | null {
  const { error, status } = response;
  if (isRecord(error)) return responsesFailure(error);
  if (status !== 'failed' && status !== 'cancelled') return null;
  return { message: `the provider ended the response as ${status}`, type: null, code: null };
}
