import type { UsageVector } from '@apilink/pricing';

import type { AnswerClosing, AnswerFailure } from './answer-closing.js';

/**
 * - `waiting`: no content yet; nothing that a client could not be given twice was forwarded (role chunk, comments). Streams
 *   whose dialect has an opening event (responses, messages) hold it back until the first content, so that another endpoint
 *   may still answer.
 * - `content`: content was forwarded.
 * - `finishing`: every choice has its finish reason; the finishing events are held, the usage is still awaited.
 * - `complete`: all is known; write `finish(…)` and end. Later bytes are ignored, but for a usage that corrects the first.
 * - `failed`: the upstream sent an error (`failure`).
 * - `malformed`: not a stream of the dialect (HTML, JSON, too many broken events, an event over the limit; `problem` says which).
 * - `cut`: the upstream's body ended before its finish.
 */
export type AnswerPhase = 'waiting' | 'content' | 'finishing' | 'complete' | 'failed' | 'malformed' | 'cut';

/**
 * One attempt's stream on its way to the client: bytes of the upstream in, bytes for the client out, and what they mean.
 * Only whole events leave it, so that a keep-alive or an error may follow at any time; neither bytes nor figures depend on
 * where the stream was cut into reads. Bounded: 8 MB for one event, 8 MB behind the finish reason.
 */
export interface AnswerStream {
  readonly phase: AnswerPhase;
  readonly failure: AnswerFailure | null;
  /** Why the phase is `malformed`. */
  readonly problem: string | null;
  /** What the upstream told; the last one counts. */
  readonly usage: UsageVector | null;
  /** Why `usage` is null though the upstream sent one. */
  readonly usageProblem: string | null;
  /** In the words of the upstream's dialect. */
  readonly finishReason: string | null;
  readonly serviceTier: string | null;
  /** Output tokens seen so far, our own count (OutputMeter). Grows only. */
  readonly outputTokens: number;
  /** 0 output tokens and no finish reason, or finish `error`: the customer pays nothing. */
  readonly isEmpty: boolean;
  /**
   * What was used by our own count, for dialects that are sold by more than tokens; charged, as estimated, when `usage` is
   * null at the end. Absent: input as estimated for the hold, and `outputTokens`.
   */
  readonly counted?: UsageVector;
  /** Of the stream as the client gets it; default `text/event-stream`. Asked at its first bytes. */
  readonly contentType?: string;
  /** The head of the upstream's answer has come, with this content type. */
  head?(contentType: string | null): void;
  /** The next bytes of the upstream; gives what goes to the client in one write, null when nothing does. */
  feed(read: Buffer): Buffer | null;
  /** The upstream's body has ended. Gives the last bytes for the client; `phase` is then one of the last four. */
  end(): Buffer | null;
  /**
   * The last bytes of a good answer, with usage and cost. In `complete` and `finishing` it ends as the upstream did; in any
   * other phase (the hold is exhausted) whatever is open ends as cut by the output limit. Nothing is read after it.
   */
  finish(closing: AnswerClosing): Buffer;
  /** The whole resource as the client was told it, once `finish` has run: what `store` keeps. Null in other dialects. */
  readonly resource?: Buffer | null;
}

/** An answer that came whole. */
export interface WholeAnswer {
  /** It is an answer of the dialect; false for HTML, an error object, any other JSON. */
  readonly isAnswer: boolean;
  /** An error object that came with status 200. */
  readonly failure: AnswerFailure | null;
  readonly usage: UsageVector | null;
  /** Why `usage` is null though the upstream sent one. */
  readonly usageProblem: string | null;
  readonly finishReason: string | null;
  /** No output and no finish reason, or finish `error`: the customer pays nothing. */
  readonly isEmpty: boolean;
  /** Our own count, made when it is asked for: the charge rests on it only when no usage that can be true was told. */
  readonly outputTokens: number;
  readonly serviceTier: string | null;
  /** See AnswerStream.counted. */
  readonly counted?: UsageVector;
  /** The body for the client, once; only where `isAnswer`. `keepsUsage`: the upstream's own figures can be true and stay. */
  write(closing: AnswerClosing, keepsUsage: boolean): WrittenAnswer;
}

export interface WrittenAnswer {
  readonly contentType: string;
  readonly body: Buffer;
}

/** What is told of a body that is no answer. */
export const noAnswer: Omit<WholeAnswer, 'write'> = {
  isAnswer: false,
  failure: null,
  usage: null,
  usageProblem: null,
  finishReason: null,
  isEmpty: true,
  outputTokens: 0,
  serviceTier: null,
};
