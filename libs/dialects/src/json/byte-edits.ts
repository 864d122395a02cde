import type { ByteRange } from './scan-document.js';

/** Replaces a range; an empty range is an insertion. */
export interface ByteEdit extends ByteRange {
  readonly bytes: Buffer;
}

/** In the order of the document. Insertions at one place keep the order in which they were made. */
export function inOrder(edits: readonly ByteEdit[]): ByteEdit[] {
  return edits.toSorted((one, other) => one.start - other.start || one.end - other.end);
}

/** The range with its edits applied, as pieces; untouched pieces share memory with `bytes`. Edits must not overlap. */
export function piecesWith(bytes: Buffer, range: ByteRange, edits: readonly ByteEdit[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = range.start;
  for (const edit of inOrder(edits)) {
    if (edit.start > at) pieces.push(bytes.subarray(at, edit.start));
    if (edit.bytes.length > 0) pieces.push(edit.bytes);
    at = edit.end;
  }
  if (at < range.end) pieces.push(bytes.subarray(at, range.end));
  return pieces;
}
