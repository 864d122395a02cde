import { isRecord, listOf, parsedJson, textOf } from '../json/records.js';
import { piecesWith } from '../json/byte-edits.js';
import { OPEN_BRACE, skipSpace } from '../json/json-bytes.js';
import { MemberCursor } from '../json/json-members.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { resourceItems } from './stored-items.js';

/** What the store has to know of an answer that it keeps. */
export interface ResourceFacts {
  readonly id: string;
  /** Every item of its output that has an id. */
  readonly itemIds: readonly string[];
}

/** Null when the resource is none that could be asked for again. */
export function readResource(resource: Buffer): ResourceFacts | null {
  const document = parsedJson(resource.toString());
  if (!isRecord(document)) return null;
  const id = textOf(document['id']);
  if (id === null || id === '') return null;
  return { id, itemIds: outputOf(document).flatMap((item) => textOf(item['id']) ?? []) };
}

/**
 * The output of a stored response as a later request says it. Ids tie items to each other: where reasoning had to be left
 * out, a provider would miss it behind the ids of the others, so they go without theirs.
 */
export function replayedOutput(resource: Buffer): readonly JsonRecord[] {
  const document = parsedJson(resource.toString());
  if (!isRecord(document)) return [];
  const items = resourceItems(document);
  if (items.length === outputOf(document).length) return items;
  return items.map(({ id: _left, ...item }) => item);
}

/** What a reference to an item of the answer stands for in a later request; null when it has no such item. */
export function referredItems(resource: Buffer): ReadonlyMap<string, JsonRecord | 'left_out'> {
  const all = listedOutput(resource);
  const kept = new Set(resourceItems({ output: all }));
  const isShorter = kept.size < all.length;
  const items = new Map<string, JsonRecord | 'left_out'>();
  for (const item of all) {
    const { id, ...rest } = item;
    if (typeof id !== 'string') continue;
    if (kept.has(item)) items.set(id, isShorter ? rest : item);
    else items.set(id, 'left_out');
  }
  return items;
}

/** All of the output, as a list of the conversation shows it. */
export function listedOutput(resource: Buffer): readonly JsonRecord[] {
  const document = parsedJson(resource.toString());
  return isRecord(document) ? outputOf(document) : [];
}

/**
 * The last bytes of an answer that could not be stored: the resource in them says `"store": false`. Every other byte
 * stays; so do all of them where the resource says nothing else, or is not found.
 */
export function toldUnstored(bytes: Buffer, resource: Buffer): Buffer {
  const at = bytes.lastIndexOf(resource);
  if (at < 0) return bytes;
  const open = at + skipSpace(resource, 0);
  if (bytes[open] !== OPEN_BRACE) return bytes;
  const cursor = new MemberCursor(bytes, open);
  while (cursor.next()) {
    if (cursor.key !== 'store') continue;
    const edit = { start: cursor.valueStart, end: cursor.end, bytes: Buffer.from('false') };
    return Buffer.concat(piecesWith(bytes, { start: 0, end: bytes.length }, [edit]));
  }
  return bytes;
}

function outputOf(document: JsonRecord): readonly JsonRecord[] {
  return listOf(document['output']).filter(isRecord);
}
