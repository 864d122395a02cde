import { isRecord, listOf, parsedJson, textOf } from '../json/records.js';
import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipSpace } from '../json/json-bytes.js';
import { elementsOf, membersOf, type NamedMember } from '../json/json-members.js';
import type { ByteRange, MemberRange } from '../json/scan-document.js';
import type { JsonRecord } from '../turn/turn-request.js';

/** What the store of responses has to know of a request before it is read as a call. */
export interface ResponsesDocument {
  /** Null when the request begins a conversation of its own. */
  readonly previousResponseId: string | null;
  /** The client wants its answer kept; true when it says nothing, as with OpenAI. */
  readonly store: boolean;
  /** It says so itself. */
  readonly asksStore: boolean;
  /** Ids of items that stand in the input as references; empty for nearly all requests, which are then not parsed. */
  readonly referencedIds: readonly string[];
}

/** Members of a broken body are found as far as they can be; the call's own reading refuses it. */
export function readResponsesDocument(body: Buffer): ResponsesDocument {
  const members = topLevel(body);
  const store = valueAt(body, members.get('store'));
  return {
    previousResponseId: textOf(valueAt(body, members.get('previous_response_id'))),
    store: store !== false,
    asksStore: store === true,
    referencedIds: referencesIn(body, members.get('input')).map(({ id }) => id),
  };
}

/** The request's own input as a list of items; a text is one message of the user. Empty when there is none that can be read. */
export function inputItemsOf(body: Buffer): readonly JsonRecord[] {
  const input = valueAt(body, topLevel(body).get('input'));
  if (typeof input === 'string') return [userMessage(input)];
  return listOf(input).filter(isRecord).map(withWholeContent);
}

/**
 * The request with stored items in front of its input, and without `previous_response_id`: what is sent and billed is the
 * whole context. Every other byte stays.
 */
export function replayedRequest(body: Buffer, storedItems: readonly JsonRecord[]): Buffer {
  const members = topLevel(body);
  const edits = withoutMember(body, members.get('previous_response_id'));
  const stored = storedItems.map((item) => JSON.stringify(item)).join(',');
  const input = members.get('input');
  if (input === undefined) edits.push(...insertedFirst(body, `"input":[${stored}]`));
  else edits.push(...withItemsInFront(body, input, stored));
  return edited(body, edits);
}

/**
 * The request with each reference replaced by what it stands for, or the first id that `lookup` does not know. What is
 * `left_out` is gone, as if the client had not sent it.
 */
export function withItems(
  body: Buffer,
  lookup: (id: string) => JsonRecord | 'left_out' | null | undefined,
): { readonly body: Buffer } | { readonly missing: string } {
  const input = topLevel(body).get('input');
  const edits: ByteEdit[] = [];
  let isShorter = false;
  for (const { id, start, end } of referencesIn(body, input)) {
    const item = lookup(id);
    if (item === null || item === undefined) return { missing: id };
    isShorter ||= item === 'left_out';
    edits.push({ start, end, bytes: item === 'left_out' ? Buffer.alloc(0) : Buffer.from(JSON.stringify(item)) });
  }
  if (edits.length === 0 || input === undefined) return { body };
  return { body: edited(body, isShorter ? [wholeList(body, input, edits)] : edits) };
}

/** The list written anew, element by element: where some are gone, their commas are too. */
function wholeList(body: Buffer, { valueStart, end }: NamedMember, edits: readonly ByteEdit[]): ByteEdit {
  const byStart = new Map(edits.map((edit) => [edit.start, edit.bytes]));
  const elements = [...elementsOf(body, valueStart)]
    .map((element) => byStart.get(element.start) ?? body.subarray(element.start, element.end))
    .filter((bytes) => bytes.length > 0);
  const pieces = elements.flatMap((bytes, index) => (index === 0 ? [bytes] : [Buffer.from(','), bytes]));
  return { start: valueStart, end, bytes: Buffer.concat([Buffer.from('['), ...pieces, Buffer.from(']')]) };
}

/**
 * The output of a stored response as items of a later request. Reasoning that carries nothing a model could go on with is
 * left out: a provider that keeps nothing of ours would look for its id in vain.
 */
export function resourceItems(resource: Buffer | JsonRecord): readonly JsonRecord[] {
  const document = Buffer.isBuffer(resource) ? parsedJson(resource.toString()) : resource;
  const output = isRecord(document) ? listOf(document['output']).filter(isRecord) : [];
  return output.filter((item) => {
    if (item['type'] !== 'reasoning') return true;
    return typeof item['encrypted_content'] === 'string' || listOf(item['content']).length > 0;
  });
}

function userMessage(text: string): JsonRecord {
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
}

/** As `input_items` lists it: a message has its type, and parts instead of a bare text. */
function withWholeContent(item: JsonRecord): JsonRecord {
  const { role, content } = item;
  if (typeof role !== 'string') return item;
  if (typeof content !== 'string') return { type: 'message', ...item };
  const type = role === 'assistant' ? 'output_text' : 'input_text';
  return { type: 'message', ...item, content: [{ type, text: content }] };
}

function topLevel(body: Buffer): ReadonlyMap<string, NamedMember> {
  const found = new Map<string, NamedMember>();
  const open = skipSpace(body, 0);
  if (body[open] !== OPEN_BRACE) return found;
  try {
    for (const member of membersOf(body, open)) if (!found.has(member.key)) found.set(member.key, member);
  } catch {
    // A key with a broken escape: what was found before it is all there is.
    return found;
  }
  return found;
}

function valueAt(body: Buffer, member: NamedMember | undefined): unknown {
  return member === undefined ? undefined : parsedJson(body.toString('utf8', member.valueStart, member.end));
}

interface ItemReference extends ByteRange {
  readonly id: string;
}

const referenceWord = Buffer.from('item_reference');

/** References in the list of items at `input`. */
export function referencesIn(body: Buffer, input: MemberRange | undefined): ItemReference[] {
  if (input === undefined || body[input.valueStart] !== OPEN_BRACKET) return [];
  const inputBytes = body.subarray(input.valueStart, input.end);
  if (!inputBytes.includes(referenceWord)) return [];
  const references: ItemReference[] = [];
  for (const range of elementsOf(body, input.valueStart)) {
    const item = parsedJson(body.toString('utf8', range.start, range.end));
    if (!isRecord(item) || item['type'] !== 'item_reference' || typeof item['id'] !== 'string') continue;
    references.push({ ...range, id: item['id'] });
  }
  return references;
}

function withItemsInFront(body: Buffer, input: NamedMember, stored: string): ByteEdit[] {
  const { valueStart, end } = input;
  if (body[valueStart] === OPEN_BRACKET) {
    if (stored === '') return [];
    const isEmpty = body[skipSpace(body, valueStart + 1)] === CLOSE_BRACKET;
    const bytes = Buffer.from(isEmpty ? stored : `${stored},`);
    return [{ start: valueStart + 1, end: valueStart + 1, bytes }];
  }
  if (body[valueStart] !== QUOTE) return [{ start: valueStart, end, bytes: Buffer.from(`[${stored}]`) }];
  const before = stored === '' ? '[' : `[${stored},`;
  return [
    { start: valueStart, end: valueStart, bytes: Buffer.from(`${before}{"role":"user","content":`) },
    { start: end, end, bytes: Buffer.from('}]') },
  ];
}

function withoutMember(body: Buffer, member: NamedMember | undefined): ByteEdit[] {
  if (member === undefined) return [];
  const behind = skipSpace(body, member.end);
  if (body[behind] === 0x2c) return [{ start: member.start, end: skipSpace(body, behind + 1), bytes: Buffer.alloc(0) }];
  // The last member goes together with the comma in front of it.
  let start = member.start;
  while (start > 0 && (body[start - 1] ?? 0) <= 0x20) start--;
  if (body[start - 1] === 0x2c) start--;
  return [{ start, end: member.end, bytes: Buffer.alloc(0) }];
}

function insertedFirst(body: Buffer, member: string): ByteEdit[] {
  const open = skipSpace(body, 0);
  if (body[open] !== OPEN_BRACE) return [];
  return [{ start: open + 1, end: open + 1, bytes: Buffer.from(`${member},`) }];
}

function edited(body: Buffer, edits: readonly ByteEdit[]): Buffer {
  return Buffer.concat(piecesWith(body, { start: 0, end: body.length }, edits));
}
