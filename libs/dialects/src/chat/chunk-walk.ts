import type { TextSlot } from '../tokens/output-meter.js';
import { CLOSE_BRACE, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipSpace } from '../json/json-bytes.js';
import { elementsOf, MemberCursor } from '../json/json-members.js';
import type { ByteRange, MemberRange } from '../json/scan-document.js';

export interface ChoiceWalk {
  /** The opening brace. */
  readonly open: number;
  readonly isEmpty: boolean;
  readonly finishReason: ByteRange | null;
  readonly hasLogprobs: boolean;
}

/** Where things stand in a chunk or an answer. */
export interface ChunkWalk {
  readonly open: number;
  readonly close: number;
  id: ByteRange | null;
  model: ByteRange | null;
  usage: ByteRange | null;
  /** The whole member, key included. */
  usageMember: ByteRange | null;
  hasFingerprint: boolean;
  readonly choices: ChoiceWalk[];
  /** In the order of the document. */
  readonly slots: TextSlot[];
}

/** Deltas are shallow; what hides deeper than this is no text of a known kind. */
const DELTA_DEPTH_MAX = 6;

const fixedKeys = new Set(['role', 'id', 'name', 'type', 'format', 'signature', 'call_id']);
const countedKeys = new Set(['content', 'refusal', 'arguments', 'reasoning_content', 'reasoning', 'transcript']);

/** Walks a chunk or answer that JSON.parse has accepted. `from` and `to` enclose the document. */
export function walkChunk(bytes: Buffer, from: number, to: number): ChunkWalk {
  const open = skipSpace(bytes, from);
  const walk: ChunkWalk = {
    open,
    close: lastBrace(bytes, to),
    id: null,
    model: null,
    usage: null,
    usageMember: null,
    hasFingerprint: false,
    choices: [],
    slots: [],
  };
  const member = new MemberCursor(bytes, open);
  while (member.next()) {
    const { key } = member;
    if (key === 'id') walk.id = valueOf(member);
    else if (key === 'model') walk.model = valueOf(member);
    else if (key === 'usage') {
      walk.usage = valueOf(member);
      walk.usageMember = { start: member.start, end: member.end };
    } else if (key === 'system_fingerprint') walk.hasFingerprint = true;
    else if (key === 'choices') walkChoices(bytes, member.valueStart, walk);
    // OpenAI pads events with random text against guessing from their lengths.
    else if (key === 'obfuscation') addSlot(bytes, member, walk, { isContent: false, isCounted: false });
  }
  return walk;
}

function lastBrace(bytes: Buffer, to: number): number {
  let at = to - 1;
  while (at >= 0 && bytes[at] !== CLOSE_BRACE) at--;
  return at;
}

function valueOf({ valueStart, end }: MemberRange): ByteRange {
  return { start: valueStart, end };
}

function walkChoices(bytes: Buffer, bracket: number, walk: ChunkWalk): void {
  if (bytes[bracket] !== OPEN_BRACKET) return;
  for (const { start } of elementsOf(bytes, bracket)) {
    if (bytes[start] !== OPEN_BRACE) continue;
    let finishReason: ByteRange | null = null;
    let hasLogprobs = false;
    let isEmpty = true;
    const member = new MemberCursor(bytes, start);
    while (member.next()) {
      const { key } = member;
      isEmpty = false;
      if (key === 'finish_reason') finishReason = valueOf(member);
      else if (key === 'logprobs') hasLogprobs = true;
      else if (key === 'delta' || key === 'message') walkDelta(bytes, member.valueStart, walk, 0);
    }
    walk.choices.push({ open: start, isEmpty, finishReason, hasLogprobs });
  }
}

function walkDelta(bytes: Buffer, start: number, walk: ChunkWalk, depth: number): void {
  if (depth > DELTA_DEPTH_MAX) return;
  if (bytes[start] === OPEN_BRACKET) {
    for (const element of elementsOf(bytes, start)) walkDelta(bytes, element.start, walk, depth + 1);
    return;
  }
  if (bytes[start] !== OPEN_BRACE) return;
  const member = new MemberCursor(bytes, start);
  while (member.next()) {
    if (bytes[member.valueStart] !== QUOTE) {
      walkDelta(bytes, member.valueStart, walk, depth + 1);
      continue;
    }
    const { key } = member;
    if (!fixedKeys.has(key)) {
      // Some upstreams write their reasoning under both names.
      const isTwofold = key === 'reasoning' && hasMember(bytes, start, 'reasoning_content');
      const isCounted = countedKeys.has(key) && !isTwofold;
      addSlot(bytes, member, walk, { isContent: true, isCounted });
    }
  }
}

function hasMember(bytes: Buffer, open: number, key: string): boolean {
  const member = new MemberCursor(bytes, open);
  while (member.next()) if (member.key === key) return true;
  return false;
}

function addSlot(
  bytes: Buffer,
  member: MemberRange,
  walk: ChunkWalk,
  kind: { isContent: boolean; isCounted: boolean },
): void {
  if (bytes[member.valueStart] === QUOTE) {
    walk.slots.push({ start: member.valueStart + 1, end: member.end - 1, ...kind });
  }
}
