/** What is kept of a body that is no event stream: enough for any error object. */
const FOREIGN_BYTES_MAX = 64 * 1024;

/** First bytes of the lines that an event stream may begin with: a field, a comment, an empty line. */
const openings = new Set(Buffer.from('deir:\n\r'));
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
const OPEN_BRACE = 0x7b;

/** Tells an event stream from the HTML or JSON that some upstreams send with status 200. */
export class StreamOpening {
  isStream = false;
  /** It is no stream, and more of it would tell nothing. */
  isHopeless = false;
  private kept: Buffer = Buffer.alloc(0);

  /** Takes chunks as long as `isStream` is false; gives the first bytes of a stream, a byte order mark taken off. */
  add(chunk: Buffer): Buffer | null {
    const room = FOREIGN_BYTES_MAX - this.kept.length;
    const bytes = this.kept.length === 0 ? chunk : Buffer.concat([this.kept, chunk.subarray(0, room)]);
    const isMarked = bytes[0] === byteOrderMark[0];
    if (isMarked && bytes.length <= byteOrderMark.length) {
      this.kept = Buffer.from(bytes);
      return null;
    }
    const hasMark = isMarked && bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark);
    const start = hasMark ? byteOrderMark.length : 0;
    if (openings.has(bytes[start] ?? 0)) {
      this.isStream = true;
      return hasMark ? bytes.subarray(start) : bytes;
    }
    this.kept = Buffer.from(bytes.subarray(0, FOREIGN_BYTES_MAX));
    this.isHopeless = this.kept[start] !== OPEN_BRACE || this.kept.length === FOREIGN_BYTES_MAX;
    return null;
  }

  /** What came instead of a stream. */
  get text(): string {
    return this.kept.toString();
  }
}
