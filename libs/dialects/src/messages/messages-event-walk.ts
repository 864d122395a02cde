import type { TextSlot } from '../tokens/output-meter.js';
import { OPEN_BRACE, QUOTE, skipSpace } from '../json/json-bytes.js';
import { MemberCursor } from '../json/json-members.js';
import type { ByteRange } from '../json/scan-document.js';

/** Texts of a delta that differ from one event to the next. */
const textKeys = new Set(['text', 'thinking', 'partial_json']);

/** Where the texts of a `content_block_delta` stand; an event that JSON.parse has accepted. */
export function deltaSlots(bytes: Buffer, from: number): TextSlot[] {
  const delta = memberAt(bytes, skipSpace(bytes, from), 'delta');
  const slots: TextSlot[] = [];
  if (delta === null || bytes[delta.start] !== OPEN_BRACE) return slots;
  const member = new MemberCursor(bytes, delta.start);
  while (member.next()) {
    if (bytes[member.valueStart] !== QUOTE || !textKeys.has(member.key)) continue;
    slots.push({ start: member.valueStart + 1, end: member.end - 1, isContent: true, isCounted: true });
  }
  return slots;
}

/** The value of a member by the keys that lead to it; the last one of a key counts, as in JSON.parse. */
export function valueAt(bytes: Buffer, from: number, keys: readonly string[]): ByteRange | null {
  let range: ByteRange | null = { start: skipSpace(bytes, from), end: bytes.length };
  for (const key of keys) {
    if (range === null || bytes[range.start] !== OPEN_BRACE) return null;
    range = memberAt(bytes, range.start, key);
  }
  return range;
}

function memberAt(bytes: Buffer, open: number, key: string): ByteRange | null {
  let found: ByteRange | null = null;
  if (bytes[open] !== OPEN_BRACE) return null;
  const member = new MemberCursor(bytes, open);
  while (member.next()) if (member.key === key) found = { start: member.valueStart, end: member.end };
  return found;
}
