const LF = 0x0a;
const CR = 0x0d;

/**
 * Finds where events of a `text/event-stream` end: behind the blank line after them. Lines end with LF, CRLF or CR (HTML
 * Living Standard, 9.2.5), also in one stream. Keeps its place from one chunk to the next.
 */
export class EventBoundary {
  /** Nothing of the running line has been seen. */
  private atLineStart = true;
  /** The chunk ended with CR: an LF at the start of the next one belongs to it. */
  private afterCr = false;
  private nextLf = -1;
  private nextCr = -1;

  /** Call once for each new chunk, before `find`: 1 when its first byte only completes a CRLF. */
  begin(chunk: Buffer): 0 | 1 {
    this.nextLf = -1;
    this.nextCr = -1;
    const completes = this.afterCr && chunk[0] === LF;
    if (chunk.length > 0) this.afterCr = false;
    return completes ? 1 : 0;
  }

  /** The end of the event that `from` is in, blank line included; -1 when the chunk ends before it. */
  find(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      const byte = chunk[at] ?? 0;
      if (byte !== LF && byte !== CR) {
        this.atLineStart = false;
        at = this.lineEnd(chunk, at);
        continue;
      }
      at++;
      if (byte === CR) {
        if (at === chunk.length) this.afterCr = true;
        else if (chunk[at] === LF) at++;
      }
      if (this.atLineStart) return at;
      this.atLineStart = true;
    }
    return -1;
  }

  /** The places of the next LF and CR are kept, so that a chunk is searched once for each. */
  private lineEnd(chunk: Buffer, at: number): number {
    if (this.nextLf < at) this.nextLf = placeOf(chunk, LF, at);
    if (this.nextCr < at) this.nextCr = placeOf(chunk, CR, at);
    return Math.min(this.nextLf, this.nextCr);
  }
}

function placeOf(chunk: Buffer, byte: number, from: number): number {
  const place = chunk.indexOf(byte, from);
  return place < 0 ? chunk.length : place;
}
