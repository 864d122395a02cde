import { OPEN_BRACE, OPEN_BRACKET } from '../json/json-bytes.js';
import { elementsOf, MemberCursor } from '../json/json-members.js';
import type { ByteEdit } from '../json/byte-edits.js';
import { removals } from '../json/removals.js';
import type { ByteRange, MemberRange } from '../json/scan-document.js';
import { SEAL_ENVELOPE_START } from '../turn/seal-envelope.js';

const QUOTED_START = Buffer.from(`"${SEAL_ENVELOPE_START}`);

/**
 * Takes out thinking that another provider signed, or nobody: Anthropic refuses a request for a signature that is none of its
 * own. A client gives it back because it was told so by an earlier answer. A message of which nothing is left goes with it.
 */
export function staleEnvelopeEdits(body: Buffer, messages: MemberRange): ByteEdit[] {
  const found = body.indexOf(QUOTED_START, messages.valueStart);
  if (found < 0 || found > messages.end || body[messages.valueStart] !== OPEN_BRACKET) return [];
  const all = [...elementsOf(body, messages.valueStart)];
  const emptied = new Set<ByteRange>();
  const edits: ByteEdit[] = [];
  for (const message of all) {
    const blocks = contentOf(body, message);
    const stale = new Set<ByteRange>(blocks.filter(({ start }) => isStale(body, start)));
    if (stale.size === 0) continue;
    if (stale.size === blocks.length) emptied.add(message);
    else edits.push(...removals(blocks, stale));
  }
  return [...edits, ...removals(all, emptied)];
}

function contentOf(body: Buffer, { start }: ByteRange): ByteRange[] {
  if (body[start] !== OPEN_BRACE) return [];
  const member = new MemberCursor(body, start);
  while (member.next()) {
    const isContent = rawKey(body, member) === 'content' && body[member.valueStart] === OPEN_BRACKET;
    if (isContent) return [...elementsOf(body, member.valueStart)];
  }
  return [];
}

function isStale(body: Buffer, block: number): boolean {
  if (body[block] !== OPEN_BRACE) return false;
  let isThinking = false;
  let isOurs = false;
  const member = new MemberCursor(body, block);
  while (member.next()) {
    const { valueStart, end } = member;
    const key = rawKey(body, member);
    if (key === 'type') {
      const type = body.toString('latin1', valueStart, end);
      isThinking = type === '"thinking"' || type === '"redacted_thinking"';
    } else if (key === 'signature' || key === 'data') {
      isOurs ||= body.subarray(valueStart, Math.min(end, valueStart + QUOTED_START.length)).equals(QUOTED_START);
    }
  }
  return isThinking && isOurs;
}

/** As it is written: a key with an escape, which no client writes, is none that is looked for here. */
function rawKey(body: Buffer, { start, keyEnd }: MemberRange): string {
  return body.toString('latin1', start + 1, keyEnd - 1);
}
