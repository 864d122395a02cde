import type { AnswerFailure } from '../call/answer-closing.js';
import type { UsageReading } from '../usage/usage-reading.js';
import type { StopReason, TokenLogprob } from './turn-event.js';
import type { TurnPart } from './turn-part.js';

export interface TurnMedia {
  readonly type: 'media';
  readonly mediaType: string;
  /** Standard base64. */
  readonly data: string;
}

export interface TurnChoice {
  /** Text, refusals, reasoning, calls and media, in their order. */
  readonly parts: readonly (TurnPart | TurnMedia)[];
  readonly reason: StopReason | null;
  readonly stopSequence: string | null;
  readonly logprobs: readonly TokenLogprob[];
}

/** A whole answer, in no dialect. */
export interface TurnAnswer {
  readonly id: string | null;
  readonly createdSeconds: number | null;
  readonly choices: readonly TurnChoice[];
  readonly usage: UsageReading;
}

/** `null` when the document is no answer of the dialect. */
export type TurnAnswerReading = { readonly answer: TurnAnswer } | { readonly failure: AnswerFailure } | null;
