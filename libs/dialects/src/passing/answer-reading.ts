import type { UsageVector } from '@apilink/pricing';

import { noAnswer, type WholeAnswer, type WrittenAnswer } from '../call/answer-stream.js';
import type { AnswerClosing, AnswerFailure } from '../call/answer-closing.js';
import { invariant } from '../call/invariant.js';
import type { UsageReading } from '../usage/usage-reading.js';

/** What is no answer of the dialect, and cannot be written. */
export const foreignAnswer: WholeAnswer = {
  ...noAnswer,
  write: () => invariant('what is no answer cannot be written'),
};

export function failedAnswer(failure: AnswerFailure): WholeAnswer {
  return { ...foreignAnswer, failure };
}

export interface PassedAnswer {
  readonly told: UsageReading;
  /** Our own count, where the dialect has one. */
  readonly counted?: UsageVector | undefined;
  readonly write: (closing: AnswerClosing, keepsUsage: boolean) => WrittenAnswer;
}

/** A good answer of a dialect without finish reasons: what came whole has come to its end. */
export function passedAnswer({ told, counted, write }: PassedAnswer): WholeAnswer {
  return {
    isAnswer: true,
    failure: null,
    usage: told.usage,
    usageProblem: told.problem,
    finishReason: 'stop',
    isEmpty: false,
    outputTokens: counted?.output ?? 0,
    serviceTier: told.serviceTier,
    ...(counted === undefined ? {} : { counted }),
    write,
  };
}
