import type { ByteEdit } from './byte-edits.js';
import type { ByteRange } from './scan-document.js';

const nothing = Buffer.alloc(0);

/** Takes members of an object, or elements of a list, out together with one comma each. One at least has to stay. */
export function removals(members: readonly ByteRange[], dropped: ReadonlySet<ByteRange>): ByteEdit[] {
  const edits: ByteEdit[] = [];
  let lastKept = members.length - 1;
  while (lastKept >= 0 && isIn(dropped, members[lastKept])) lastKept--;
  for (const [index, member] of members.entries()) {
    const next = members[index + 1];
    if (index < lastKept && dropped.has(member) && next !== undefined) {
      edits.push({ start: member.start, end: next.start, bytes: nothing });
    }
  }
  const kept = members[lastKept];
  const last = members.at(-1);
  if (kept !== undefined && last !== undefined && kept !== last) {
    edits.push({ start: kept.end, end: last.end, bytes: nothing });
  }
  return edits;
}

function isIn(dropped: ReadonlySet<ByteRange>, member: ByteRange | undefined): boolean {
  return member !== undefined && dropped.has(member);
}
