/** Room beyond the chunk's own length: edits mostly lengthen an event by a few bytes. */
const SLACK_BYTES = 512;
const WORD_BYTES = 32;

/**
 * Collects what one chunk becomes for the client. As long as only whole, neighbouring parts of the chunk are passed nothing
 * is copied; the first edit, gap or foreign piece turns it into one buffer of its own.
 */
export class ForwardedBytes {
  private chunk: Buffer = Buffer.alloc(0);
  private start = 0;
  private end = 0;
  private out: Buffer | null = null;
  private length = 0;

  begin(chunk: Buffer): void {
    this.chunk = chunk;
    this.start = 0;
    this.end = 0;
    this.out = null;
    this.length = 0;
  }

  /** Passes bytes as they are. */
  pass(bytes: Buffer, start: number, end: number): void {
    if (this.out === null && bytes === this.chunk) {
      if (this.start === this.end) this.start = start;
      if (this.start === start || this.end === start) {
        this.end = end;
        return;
      }
    }
    this.copy(bytes, start, end);
  }

  write(bytes: Buffer): void {
    this.copy(bytes, 0, bytes.length);
  }

  /** One buffer for one write, null when there is nothing. The chunk is not held any longer than its caller holds it. */
  finish(): Buffer | null {
    const { chunk, start, end, out, length } = this;
    this.begin(nothing);
    if (out !== null) return length === 0 ? null : out.subarray(0, length);
    if (start === end) return null;
    return start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end);
  }

  private copy(bytes: Buffer, start: number, end: number): void {
    const out = this.room(end - start);
    // Most texts of a stream are one word: a loop is faster than the call.
    if (end - start > WORD_BYTES) bytes.copy(out, this.length, start, end);
    else for (let from = start, to = this.length; from < end; from++, to++) out[to] = bytes[from] ?? 0;
    this.length += end - start;
  }

  private room(bytes: number): Buffer {
    if (this.out === null) {
      const passed = this.end - this.start;
      this.out = Buffer.allocUnsafe(Math.max(this.chunk.length, passed + bytes) + SLACK_BYTES);
      this.length = this.chunk.copy(this.out, 0, this.start, this.end);
    }
    if (this.length + bytes > this.out.length) {
      const larger = Buffer.allocUnsafe((this.length + bytes) * 2);
      this.out.copy(larger, 0, 0, this.length);
      this.out = larger;
    }
    return this.out;
  }
}

const nothing = Buffer.alloc(0);
