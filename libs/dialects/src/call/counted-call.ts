import type { Call } from './call.js';

/** A prompt to be counted. */
export interface CountedCall {
  readonly call: Call;
  /** Our own estimate of its text; `call.facts` has none, so that a prompt of any length can be planned. */
  readonly estimatedTextTokens: number;
}
