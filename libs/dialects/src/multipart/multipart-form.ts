import { invalid, type RequestProblem } from '../call/request-problem.js';
import type { ByteRange } from '../json/scan-document.js';

/** Parts of one form; pictures to edit are 16 at most, fields some twenty. */
const PARTS_MAX = 256;
const PART_HEAD_BYTES_MAX = 8 * 1024;
/** RFC 2046, 5.1.1. */
const BOUNDARY_CHARACTERS_MAX = 70;

const CRLF = Buffer.from('\r\n');
const headEnd = Buffer.from('\r\n\r\n');

/** One part of a form, as ranges of the body. */
export interface FormPart {
  readonly name: string;
  /** Null for a plain field. */
  readonly filename: string | null;
  readonly contentType: string | null;
  readonly content: ByteRange;
  /** From its delimiter to the next one: what has to go when the part has to. */
  readonly whole: ByteRange;
}

export type FormReading = { readonly parts: readonly FormPart[] } | { readonly problem: RequestProblem };

/** The boundary that a content type names; null when it is no form's. */
export function formBoundary(contentType: string | undefined): string | null {
  if (contentType === undefined || !/^multipart\/form-data\s*(;|$)/i.test(contentType)) return null;
  const [, quoted, plain] = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(contentType) ?? [];
  return quoted ?? plain ?? null;
}

/**
 * Finds the parts of a `multipart/form-data` body (RFC 7578) that has come whole. It keeps where they stand, so that a field
 * can be edited and every other byte passes: that is what readers for streams do not tell. Linear; never throws.
 */
export function readForm(body: Buffer, boundary: string): FormReading {
  if (boundary.length > BOUNDARY_CHARACTERS_MAX) return broken('its boundary is too long');
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const parts: FormPart[] = [];
  // The first delimiter may stand at the very start, without its line break.
  const startsAtOnce = body.subarray(0, delimiter.length - 2).equals(delimiter.subarray(2));
  let at = startsAtOnce ? -2 : body.indexOf(delimiter);
  if (!startsAtOnce && at < 0) return broken('the boundary of its content type does not occur');
  for (;;) {
    const behind = at + delimiter.length;
    if (isAt(body, behind, '--')) return { parts };
    const lineEnd = endOfDelimiter(body, behind);
    if (lineEnd < 0) return broken('a delimiter is followed by other text');
    const next = body.indexOf(delimiter, lineEnd - 2);
    if (next < 0) return broken('it ends without its closing delimiter');
    if (parts.length === PARTS_MAX) return broken(`it has more than ${PARTS_MAX} parts`);
    const part = readPart(body, { start: Math.max(0, at), end: next }, lineEnd);
    if (typeof part === 'string') return broken(part);
    parts.push(part);
    at = next;
  }
}

/** Behind the line break that ends a delimiter, blanks before it allowed; -1 when there is none. */
function endOfDelimiter(body: Buffer, from: number): number {
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x09) at++;
  return isAt(body, at, '\r\n') ? at + 2 : -1;
}

function readPart(body: Buffer, whole: ByteRange, headStart: number): FormPart | string {
  // A part without a head begins with the empty line itself.
  const head = body.subarray(headStart, Math.min(whole.end + CRLF.length, headStart + PART_HEAD_BYTES_MAX));
  const length = isAt(head, 0, '\r\n') ? -CRLF.length : head.indexOf(headEnd);
  if (length === -1) return 'the head of a part does not end';
  const end = headStart + length;
  const lines = body.toString('utf8', headStart, Math.max(headStart, end)).split('\r\n');
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line]));
  const disposition = headers.get('content-disposition') ?? '';
  const name = parameterOf(disposition, 'name');
  if (name === null) return 'a part has no name';
  const encoding = valueOf(headers.get('content-transfer-encoding'))?.toLowerCase() ?? 'binary';
  if (!['binary', '8bit', '7bit'].includes(encoding)) return `the part "${name.slice(0, 40)}" has a transfer encoding`;
  return {
    name,
    filename: parameterOf(disposition, 'filename') ?? (/;\s*filename\*=/i.test(disposition) ? '' : null),
    contentType: valueOf(headers.get('content-type')),
    content: { start: Math.min(end + headEnd.length, whole.end), end: whole.end },
    whole,
  };
}

/** Quotes and line breaks in names are percent-encoded by browsers, and backslashed by others (RFC 7578, 4.2). */
function parameterOf(disposition: string, key: string): string | null {
  const pattern = new RegExp(`;\\s*${key}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i');
  const [, quoted, plain] = pattern.exec(disposition) ?? [];
  return quoted?.replaceAll(/\\(["\\])/g, '$1').replaceAll('%22', '"') ?? plain ?? null;
}

function valueOf(line: string | undefined): string | null {
  return line === undefined ? null : line.slice(line.indexOf(':') + 1).trim();
}

function isAt(body: Buffer, at: number, text: string): boolean {
  return body.toString('latin1', at, at + text.length) === text;
}

function broken(what: string): { readonly problem: RequestProblem } {
  return { problem: { ...invalid('body', ''), detail: `the form is broken: ${what}` } };
}
