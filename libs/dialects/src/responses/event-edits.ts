import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { skipSpace } from '../json/json-bytes.js';
import { MemberCursor } from '../json/json-members.js';
import type { ByteRange } from '../json/scan-document.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { itemEdits, partEdits } from './response-edits.js';

/** Where the values of these top-level members of an event stand; null for what it does not have. */
export interface EventMembers {
  readonly open: number;
  readonly sequence: ByteRange | null;
  readonly response: ByteRange | null;
  readonly item: ByteRange | null;
  readonly part: ByteRange | null;
  readonly delta: ByteRange | null;
  readonly hasLogprobs: boolean;
}

export function eventMembers(data: Buffer): EventMembers {
  const open = skipSpace(data, 0);
  const cursor = new MemberCursor(data, open);
  const found: Record<string, ByteRange> = {};
  while (cursor.next()) found[cursor.key] = { start: cursor.valueStart, end: cursor.end };
  const { sequence_number: sequence = null, response = null, item = null, part = null, delta = null } = found;
  return { open, sequence, response, item, part, delta, hasLogprobs: Object.hasOwn(found, 'logprobs') };
}

/** Whether an event of this type may lack what strict clients read: those are looked through. */
export function mayMissMembers(type: string, document: JsonRecord): boolean {
  switch (type) {
    case 'response.output_text.delta':
    case 'response.output_text.done':
      return document['logprobs'] === undefined;
    case 'response.content_part.added':
    case 'response.content_part.done':
    case 'response.output_item.done':
      return true;
    default:
      return false;
  }
}

/** An event with the number that is due, and with the members that strict clients miss. */
export function editedEvent(type: string, data: Buffer, number: number): Buffer {
  const members = eventMembers(data);
  const { open, sequence, item, part } = members;
  const edits: ByteEdit[] = [];
  if (sequence !== null) edits.push({ ...sequence, bytes: Buffer.from(String(number)) });
  const added = sequence === null ? [`"sequence_number":${number}`] : [];
  if (type.startsWith('response.output_text.d') && !members.hasLogprobs) added.push('"logprobs":[]');
  if (added.length > 0) edits.push({ start: open + 1, end: open + 1, bytes: Buffer.from(`${added.join(',')},`) });
  if (item !== null) edits.push(...itemEdits(data, item.start));
  if (part !== null) edits.push(...partEdits(data, part.start));
  const document = Buffer.concat(piecesWith(data, { start: 0, end: data.length }, edits));
  // Line feeds between tokens came from data in several lines; one line must hold the whole document now.
  for (let at = document.indexOf(0x0a); at >= 0; at = document.indexOf(0x0a, at + 1)) document[at] = 0x20;
  return Buffer.concat([Buffer.from(`event: ${type}\ndata: `), document, Buffer.from('\n\n')]);
}
