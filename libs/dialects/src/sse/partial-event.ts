/** The beginning of an event whose end has not come yet. Copies, so that a few bytes do not keep a whole read alive. */
export class PartialEvent {
  length = 0;
  private pieces: Buffer[] = [];

  get isEmpty(): boolean {
    return this.length === 0;
  }

  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.pieces.push(Buffer.from(bytes));
    this.length += bytes.length;
  }

  /** All of it as one buffer; empty afterwards. */
  take(): Buffer {
    const [first] = this.pieces;
    const whole = this.pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.pieces);
    this.pieces = [];
    this.length = 0;
    return whole;
  }
}
