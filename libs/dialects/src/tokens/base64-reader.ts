/** Bytes of a base64 payload inside a document, decoded where they are looked at. */
export class Base64Reader {
  constructor(
    private readonly document: Buffer,
    private readonly start: number,
    private readonly end: number,
  ) {}

  /** How many bytes the payload has, give or take its padding. */
  get length(): number {
    return Math.floor(((this.end - this.start) * 3) / 4);
  }

  /** At most `length` bytes from `offset` on; fewer at the end, none behind it. */
  at(offset: number, length: number): Buffer {
    const group = Math.floor(offset / 3);
    const from = this.start + group * 4;
    const to = Math.min(this.end, this.start + Math.ceil((offset + length) / 3) * 4);
    if (from >= to) return nothing;
    const inGroup = offset - group * 3;
    return Buffer.from(this.document.toString('latin1', from, to), 'base64').subarray(inGroup, inGroup + length);
  }
}

const nothing = Buffer.alloc(0);
