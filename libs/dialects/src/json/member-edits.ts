import { CLOSE_BRACE, COMMA, OPEN_BRACE, skipSpace } from './json-bytes.js';
import { membersOf, type NamedMember } from './json-members.js';

/** What becomes of one member: null leaves it as it is, `drop` takes it out; values are JSON. */
export type MemberEdit = 'drop' | { readonly key?: string; readonly value?: string | Buffer } | null;

const opening = Buffer.from([OPEN_BRACE]);
const closing = Buffer.from([CLOSE_BRACE]);
const comma = Buffer.from([COMMA]);

/**
 * An object with some of its top-level members edited, as pieces; `added` are whole members as JSON (`"a":1`), in front of
 * the others. Values that are not edited keep every byte and share memory with `document`; white space between members may
 * go. Only for bytes that are known to be a JSON object.
 */
export function editMembers(
  document: Buffer,
  edit: (member: NamedMember) => MemberEdit,
  added: readonly string[] = [],
): Buffer[] {
  const kept: Buffer[][] = added.map((text) => [Buffer.from(text)]);
  for (const member of membersOf(document, skipSpace(document, 0))) {
    const change = edit(member);
    if (change !== 'drop') kept.push(editedMember(document, member, change));
  }
  const pieces = kept.flatMap((member, index) => (index === 0 ? member : [comma, ...member]));
  return [opening, ...pieces, closing];
}

function editedMember(document: Buffer, member: NamedMember, change: Exclude<MemberEdit, 'drop'>): Buffer[] {
  if (change === null) return [document.subarray(member.start, member.end)];
  const { key, value } = change;
  const before =
    key === undefined ? document.subarray(member.start, member.valueStart) : Buffer.from(`${JSON.stringify(key)}:`);
  const behind = value === undefined ? document.subarray(member.valueStart, member.end) : Buffer.from(value);
  return [before, behind];
}
