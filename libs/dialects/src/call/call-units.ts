import type { RequestedUnits } from '../usage/usage-reading.js';

/**
 * What a call that is no turn of a model can be charged at most. All of it is known before anybody is asked, so that the hold
 * covers it whole (docs/money.md, "Size of a hold").
 */
export interface CallUnits extends RequestedUnits {
  /** Pictures to be made. */
  readonly images: number;
  /** Length of the sound that is read or spoken, in thousandths of a second, at its most. */
  readonly audioMillisecondsMax: number;
  /** Searches of a rerank request when its longer documents are counted in parts. */
  readonly searchesMax: number;
  /** Output tokens of one choice: of a picture, of all that is spoken, of a transcript. */
  readonly outputTokensMax: number;
  /** Input tokens of the pictures and the sound that are sent, beside those of the text. */
  readonly mediaInputTokensMax: number;
  /** What has to fit into the model's context: the longest of many inputs, not their sum. */
  readonly contextTokens: number;
}

export const noUnits: CallUnits = {
  characters: 0,
  audioMilliseconds: null,
  searches: 0,
  images: 0,
  audioMillisecondsMax: 0,
  searchesMax: 0,
  outputTokensMax: 0,
  mediaInputTokensMax: 0,
  contextTokens: 0,
};
