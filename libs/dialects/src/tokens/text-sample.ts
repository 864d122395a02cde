import { countStringTokens } from './token-estimator.js';

/** Up to here a window stands in every `NEAR_STRIDE_BYTES`, beyond it in every `FAR_STRIDE_BYTES`. */
const NEAR_BYTES = 16 * 1024;
const NEAR_STRIDE_BYTES = 1024;
const FAR_STRIDE_BYTES = 2048;
/** Long texts need less of each stride: it is the number of windows that makes the estimate near. */
const LONG_BYTES = 64 * 1024;
const WINDOW_BYTES = 256;
const LONG_WINDOW_BYTES = 128;
/** Hundredths of a token a byte, for the little text that no window fell into: above what prose and code have. */
const UNSEEN_WEIGHT = 40;

/**
 * The tokens of a text that comes in pieces, from windows of it. All pieces together are one text of strides, and in each
 * stride a window stands at a random place: nobody can write a text that is cheap where it is looked at, and however its
 * parts differ, each weighs by its length. A window that begins inside a word or a run of base64 counts that a little wrong:
 * measured, the mean is 1.5 % above to 3.5 % below the whole count, with a deviation of 1.3 % at most from 9 KB on. The hold
 * adds 25 %.
 */
export class TextSample {
  private total = 0;
  private seen = 0;
  private counted = 0;
  /** The window that comes next, or is under way, as places of the whole text. */
  private from = 0;
  private to = WINDOW_BYTES;
  private stride = 0;

  constructor(private readonly random: () => number) {}

  /** The next piece: the bytes of a JSON string, or of a part of one. */
  take(bytes: Buffer, start: number, end: number): void {
    const before = this.total;
    this.total += end - start;
    const offset = start - before;
    while (this.from < this.total) {
      const first = Math.max(this.from, before);
      const last = Math.min(this.to, this.total);
      this.counted += countStringTokens(bytes, first + offset, last + offset);
      this.seen += last - first;
      if (this.to > this.total) return;
      this.nextWindow();
    }
  }

  get hundredths(): number {
    if (this.seen === 0) return this.total * UNSEEN_WEIGHT;
    return Math.ceil((this.counted * this.total) / this.seen);
  }

  private nextWindow(): void {
    this.stride += this.stride < NEAR_BYTES ? NEAR_STRIDE_BYTES : FAR_STRIDE_BYTES;
    const length = this.stride < LONG_BYTES ? WINDOW_BYTES : LONG_WINDOW_BYTES;
    const room = (this.stride < NEAR_BYTES ? NEAR_STRIDE_BYTES : FAR_STRIDE_BYTES) - length;
    this.from = this.stride + Math.floor(this.random() * (room + 1));
    this.to = this.from + length;
  }
}
