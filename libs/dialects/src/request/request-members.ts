import { decodeKey } from '../json/json-members.js';
import { JSON_DEPTH_MAX, scanDocument, type DocumentScan, type MemberRange } from '../json/scan-document.js';
import type { PromptEstimator } from '../tokens/prompt-estimator.js';
import type { RequestProblem } from '../call/request-problem.js';

export interface RequestMembers {
  readonly open: number;
  /** In the order of the document. */
  readonly all: readonly MemberRange[];
  readonly byKey: ReadonlyMap<string, MemberRange>;
}

/**
 * The top-level members of a request by their decoded keys; refuses broken, too deep and ambiguous documents. `prompt` is
 * shown every string on the way.
 */
export function requestMembers(
  body: Buffer,
  prompt: PromptEstimator,
): RequestMembers | { readonly problem: RequestProblem } {
  const scan = scanDocument(body, prompt);
  const broken = prompt.brokenOffset;
  if (broken !== null && !('kind' in scan && scan.offset < broken)) {
    return { problem: brokenJson(body, broken, 'a control character or a broken escape in a string') };
  }
  if ('kind' in scan) {
    if (scan.kind === 'syntax') return { problem: brokenJson(body, scan.offset, scan.detail) };
    const limit = String(JSON_DEPTH_MAX);
    return { problem: { code: 'json_too_deep', param: null, detail: place(body, scan.offset), limit } };
  }
  return named(body, scan);
}

function named(body: Buffer, scan: DocumentScan): RequestMembers | { readonly problem: RequestProblem } {
  const byKey = new Map<string, MemberRange>();
  for (const member of scan.members) {
    const key = decodeKey(body, member.start, member.keyEnd);
    if (byKey.has(key)) {
      const detail = `the second one stands at ${place(body, member.start)}`;
      return { problem: { code: 'duplicate_key', param: key.slice(0, 100), detail, limit: null } };
    }
    byKey.set(key, member);
  }
  return { open: scan.open, all: scan.members, byKey };
}

function brokenJson(body: Buffer, offset: number, detail: string): RequestProblem {
  return { code: 'invalid_json', param: null, detail: `${detail} at ${place(body, offset)}`, limit: null };
}

/** Line and column count from 1, the column in characters; the byte counts from 0. */
function place(body: Buffer, offset: number): string {
  let line = 1;
  let lineStart = 0;
  for (let at = body.indexOf(0x0a); at >= 0 && at < offset; at = body.indexOf(0x0a, at + 1)) {
    line++;
    lineStart = at + 1;
  }
  const column = body.toString('utf8', lineStart, offset).length + 1;
  return `line ${line}, column ${column} (byte ${offset})`;
}
