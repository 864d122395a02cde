import { editMembers, elementsOf, membersOf, piecesWith, type ByteEdit, type NamedMember } from '@apilink/dialects';

import type { UpstreamQuirks } from '../upstream-quirks.js';
import { thinkingMembers, thinkingWish } from './thinking-wish.js';

/** A switch of thinking has some dozens of bytes; what is longer is none, and the provider may refuse it. */
const SWITCH_BYTES_MAX = 4096;

const developer = Buffer.from('"developer"');
const system = Buffer.from('"system"');

/** Keys of which any makes the body one that is edited; written as they stand in JSON. */
const needles = new WeakMap<UpstreamQuirks, readonly Buffer[]>();

/**
 * A chat request as its provider takes it: parameters under its own names, thinking switched in its way, without those
 * that it refuses for no reason. A body that has none of them is given back as it is, its bytes unread but for a search.
 */
export function chatBody(body: readonly Buffer[], quirks: UpstreamQuirks): readonly Buffer[] {
  const wanted = needles.get(quirks) ?? needlesOf(quirks);
  const isPlain = Object.keys(quirks.added).length === 0;
  if (isPlain && !body.some((piece) => wanted.some((needle) => piece.includes(needle)))) return body;
  return editedBody(Buffer.concat(body), quirks);
}

function needlesOf(quirks: UpstreamQuirks): readonly Buffer[] {
  const keys = [...Object.keys(quirks.renamed), ...quirks.omitted, ...switchKeys(quirks)];
  const found = keys.map((key) => Buffer.from(`"${key}"`));
  if (quirks.systemRoleOnly) found.push(developer);
  needles.set(quirks, found);
  return found;
}

/** What a client may have said that the provider does not understand so. */
function switchKeys({ thinking }: UpstreamQuirks): readonly string[] {
  if (thinking === 'reasoning') return [];
  return thinking === 'effort' ? ['reasoning'] : ['reasoning', 'reasoning_effort'];
}

function editedBody(document: Buffer, quirks: UpstreamQuirks): readonly Buffer[] {
  const members = new Map<string, NamedMember>();
  for (const member of membersOf(document, document.indexOf(0x7b))) members.set(member.key, member);
  const told = switchMembers(document, members, quirks);
  const added = Object.entries({ ...quirks.added, ...told?.said })
    .filter(([key]) => !members.has(key) || told?.replaced.includes(key) === true)
    .map(([key, value]) => `${JSON.stringify(key)}:${value}`);
  return editMembers(
    document,
    (member) => {
      const { key } = member;
      if (quirks.omitted.includes(key) || told?.replaced.includes(key) === true) return 'drop';
      const renamed = quirks.renamed[key];
      if (renamed !== undefined) return members.has(renamed) ? 'drop' : { key: renamed };
      if (key === 'messages' && quirks.systemRoleOnly) return { value: withoutDevelopers(document, member) };
      return null;
    },
    added,
  );
}

interface ToldSwitch {
  readonly replaced: readonly string[];
  readonly said: Readonly<Record<string, string>>;
}

/** Null when there is nothing to be said otherwise. */
function switchMembers(
  document: Buffer,
  members: ReadonlyMap<string, NamedMember>,
  quirks: UpstreamQuirks,
): ToldSwitch | null {
  const keys = switchKeys(quirks);
  if (!keys.some((key) => members.has(key))) return null;
  const [reasoning, effort] = ['reasoning', 'reasoning_effort'].map((key) => smallValue(document, members.get(key)));
  const wish = thinkingWish(reasoning, effort);
  const said = wish === null ? {} : thinkingMembers(wish, quirks.thinking);
  const replaced = ['reasoning', 'reasoning_effort'].filter((key) => members.has(key));
  // A client that knows the provider's own switch means that.
  const isSaid = Object.keys(said).some((key) => members.has(key) && !replaced.includes(key));
  return { replaced, said: isSaid ? {} : said };
}

function smallValue(document: Buffer, member: NamedMember | undefined): unknown {
  if (member === undefined || member.end - member.valueStart > SWITCH_BYTES_MAX) return undefined;
  try {
    const value: unknown = JSON.parse(document.toString('utf8', member.valueStart, member.end));
    return value;
  } catch {
    // A string behind the first 4 KB has not been checked: the provider refuses the request.
    return undefined;
  }
}

function withoutDevelopers(document: Buffer, { valueStart, end }: NamedMember): Buffer {
  const edits: ByteEdit[] = [];
  for (const message of elementsOf(document, valueStart)) {
    if (document[message.start] !== 0x7b) continue;
    for (const member of membersOf(document, message.start)) {
      if (member.key !== 'role') continue;
      if (!document.subarray(member.valueStart, member.end).equals(developer)) continue;
      edits.push({ start: member.valueStart, end: member.end, bytes: system });
    }
  }
  return Buffer.concat(piecesWith(document, { start: valueStart, end }, edits));
}
