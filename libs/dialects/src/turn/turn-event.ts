import type { AnswerFailure } from '../call/answer-closing.js';
import type { UsageReading } from '../usage/usage-reading.js';
import type { Seal, TurnCitation } from './turn-part.js';

/** Why a choice ended. `other` is told to a client as its dialect's ordinary end. */
export type StopReason =
  | 'stop'
  | 'stop_sequence'
  | 'length'
  | 'tool_calls'
  | 'content_filter'
  | 'refusal'
  | 'pause'
  | 'context_exceeded'
  | 'error'
  | 'other';

/** What a part of an answer is, told when it begins. */
export type PartBeginning =
  | { readonly type: 'text' | 'refusal' }
  /** `summary`: every part is one summary; `full`: the thinking itself. `isRedacted`: only a seal follows. */
  | {
      readonly type: 'reasoning';
      readonly told: 'summary' | 'full';
      readonly isRedacted: boolean;
      readonly id: string | null;
    }
  | {
      readonly type: 'tool_call';
      readonly callId: string;
      readonly name: string;
      readonly namespace: string | null;
      readonly form: 'function' | 'custom';
      readonly id: string | null;
    }
  /** Whole at once: pictures and sound of models that answer in them. */
  | { readonly type: 'media'; readonly mediaType: string; readonly data: string };

export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[] | null;
  readonly top: readonly Omit<TokenLogprob, 'top'>[];
}

/**
 * What a stream tells, in no dialect. Per choice the parts are numbered from 0 in the order in which they begin; each part is
 * begun once and ended once, before `finish` of its choice. Deltas of several open parts may alternate (parallel calls of
 * chat): a writer whose dialect has one open part at a time keeps the others' back.
 */
export type TurnEvent =
  /** First; what the upstream did not tell is null. */
  | {
      readonly kind: 'begun';
      readonly id: string | null;
      readonly createdSeconds: number | null;
      readonly model: string | null;
    }
  | { readonly kind: 'part_begun'; readonly choice: number; readonly part: number; readonly is: PartBeginning }
  /** More of a text, of a summary, of thinking, of a call's input. Never empty. */
  | {
      readonly kind: 'delta';
      readonly choice: number;
      readonly part: number;
      readonly text: string;
      readonly logprobs: readonly TokenLogprob[];
    }
  /** At most one a part. */
  | { readonly kind: 'seal'; readonly choice: number; readonly part: number; readonly seal: Seal }
  | { readonly kind: 'citation'; readonly choice: number; readonly part: number; readonly citation: TurnCitation }
  | { readonly kind: 'part_ended'; readonly choice: number; readonly part: number }
  | {
      readonly kind: 'finish';
      readonly choice: number;
      readonly reason: StopReason;
      /** The one that was met; null when none was, or the upstream does not tell. */
      readonly stopSequence: string | null;
    }
  /** The upstream told an error inside the stream. */
  | { readonly kind: 'failed'; readonly failure: AnswerFailure }
  /** The upstream's own last word (`[DONE]`, `message_stop`, a terminal event): nothing follows. */
  | { readonly kind: 'over' };

/** An event of an upstream's stream; `data` is the text of its data lines. */
export interface StreamEvent {
  /** The `event:` field; null when there is none. */
  readonly name: string | null;
  readonly data: string;
}

/** Reads one upstream's stream into events; one per attempt. */
export interface TurnStreamReader {
  /** Null for an event that cannot be read at all (broken JSON, no object); an empty list for one that tells nothing. */
  read(event: StreamEvent): readonly TurnEvent[] | null;
  /** The body has ended: what is still open and can be ended is ended. Never `over` unless the dialect has no last word. */
  end(): readonly TurnEvent[];
  /** What was told so far. */
  readonly usage: UsageReading;
}
