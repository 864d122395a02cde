const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;

const dataField = Buffer.from('data');
const eventField = Buffer.from('event');
const lineFeed = Buffer.from('\n');

/** What an event says; comments, `id` and `retry` are not read. */
export interface EventFields {
  /** Of the `event` field; null without one. */
  readonly name: string | null;
  /** Where the data stands: in the event's own bytes, or in a copy when it came in several lines. Null without data. */
  readonly data: { readonly bytes: Buffer; readonly start: number; readonly end: number } | null;
}

/** Reads the fields of one whole event. */
export function eventFields(bytes: Buffer, start: number, end: number): EventFields {
  let name: string | null = null;
  const lines: { start: number; end: number }[] = [];
  let at = start;
  while (at < end) {
    const line = lineEnd(bytes, at, end);
    if (isField(bytes, at, line, dataField)) lines.push(valueRange(bytes, at + dataField.length, line));
    else if (isField(bytes, at, line, eventField)) {
      const value = valueRange(bytes, at + eventField.length, line);
      name = bytes.toString('utf8', value.start, value.end);
    }
    at = line + 1;
  }
  const [first] = lines;
  if (first === undefined) return { name, data: null };
  if (lines.length === 1) return { name, data: { bytes, ...first } };
  const pieces = lines.flatMap((line) => [lineFeed, bytes.subarray(line.start, line.end)]).slice(1);
  const joined = Buffer.concat(pieces);
  return { name, data: { bytes: joined, start: 0, end: joined.length } };
}

/** The CR of a CRLF ends the line; the LF behind it then makes an empty one, which says nothing. */
function lineEnd(bytes: Buffer, at: number, end: number): number {
  const lf = bytes.indexOf(LF, at);
  const line = bytes.subarray(at, lf < 0 || lf > end ? end : lf);
  const cr = line.indexOf(CR);
  return at + (cr < 0 ? line.length : cr);
}

function isField(bytes: Buffer, at: number, lineEndAt: number, field: Buffer): boolean {
  const end = at + field.length;
  if (end > lineEndAt || bytes.compare(field, 0, field.length, at, end) !== 0) return false;
  return end === lineEndAt || bytes[end] === COLON;
}

function valueRange(bytes: Buffer, colon: number, end: number): { start: number; end: number } {
  const start = bytes[colon + 1] === SPACE ? colon + 2 : colon + 1;
  return { start: Math.min(start, end), end };
}
