/**
 * The beginning of an event whose end has not come yet. A copy, so that a few bytes do not keep a whole read alive; it grows
 * by doubling, so that an event that comes byte by byte is copied a bounded number of times.
 */
export class PartialEvent {
  length = 0;
  private buffer: Buffer = nothing;

  get isEmpty(): boolean {
    return this.length === 0;
  }

  add(bytes: Buffer): void {
    const length = this.length + bytes.length;
    if (length > this.buffer.length) {
      const larger = Buffer.allocUnsafe(this.length === 0 ? length : length * 2);
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    bytes.copy(this.buffer, this.length);
    this.length = length;
  }

  /** All of it as one buffer; empty afterwards. */
  take(): Buffer {
    const whole = this.buffer.subarray(0, this.length);
    this.buffer = nothing;
    this.length = 0;
    return whole;
  }
}

const nothing = Buffer.alloc(0);
