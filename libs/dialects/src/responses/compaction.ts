import { isRecord, listOf, parsedJson, textOf } from '../json/records.js';
import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { OPEN_BRACE, OPEN_BRACKET, skipSpace } from '../json/json-bytes.js';
import { elementsOf, membersOf } from '../json/json-members.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { inputItemsOf } from './stored-items.js';

/** What every sealed summary of ours begins with; no provider's own text does. */
export const COMPACTION_START = 'apl1c.';

const ASKED = `Write a handoff summary of this conversation for whoever continues it. It replaces everything above, so \
keep what is needed to go on: what the user wants and has decided, constraints, facts, names, numbers, file paths and \
code that matter, what was done with which result, and what is still to do. Answer with the summary alone.`;

const FOUND = 'Summary of the conversation so far, which it replaces:';

/** What a request of `/v1/responses/compact` became, or why it cannot be one: the parameter, and what was expected. */
export type CompactionReading = { readonly body: Buffer } | { readonly param: string; readonly expected: string };

/**
 * A compaction as a request of `/v1/responses`: the same context with the question for a summary behind it, so that every
 * model can do it. Its stored items must have been put in before.
 */
export function compactionRequest(body: Buffer): CompactionReading {
  const document = parsedJson(body.toString());
  if (!isRecord(document)) return { body };
  if (document['stream'] === true) return { param: 'stream', expected: 'no stream: a compaction is one answer' };
  const question = { type: 'message', role: 'user', content: [{ type: 'input_text', text: ASKED }] };
  const { tools } = document;
  const request = {
    ...document,
    input: [...inputItemsOf(body), question],
    ...(Array.isArray(tools) && tools.length > 0 ? { tool_choice: 'none' } : {}),
    stream: false,
    store: false,
  };
  return { body: Buffer.from(JSON.stringify(request)) };
}

/** What the client is told of its compaction. */
export interface CompactionAnswer {
  /** The resource that the summary came in. */
  readonly resource: Buffer;
  /** The items that were summed up. */
  readonly items: readonly JsonRecord[];
  /** Of the compaction item. */
  readonly itemId: string;
  /** Seals the summary, so that the client gives it back unread. */
  readonly seal: (summary: Buffer) => Buffer;
}

/** As openai's `CompactedResponse`: the user's messages, then one item that stands for all the rest. */
export function compactedAnswer({ resource, items, itemId, seal }: CompactionAnswer): Buffer {
  const document = parsedJson(resource.toString());
  if (!isRecord(document)) return resource;
  const sealed = seal(Buffer.from(summaryOf(document))).toString('base64url');
  return Buffer.from(
    JSON.stringify({
      id: document['id'],
      object: 'response.compaction',
      created_at: document['created_at'],
      model: document['model'],
      output: [
        ...items.filter(({ type, role }) => type === 'message' && role === 'user'),
        { id: itemId, type: 'compaction', encrypted_content: COMPACTION_START + sealed },
      ],
      usage: document['usage'],
    }),
  );
}

/**
 * The request with each compaction of ours replaced by the summary it holds, as a message of the user; or the path of the
 * first one that `open` does not open (null). Compactions of a provider stay: only it can read them.
 */
export function withSummaries(
  body: Buffer,
  open: (sealed: Buffer) => Buffer | null,
): { readonly body: Buffer } | { readonly param: string } {
  if (!body.includes(COMPACTION_START)) return { body };
  const edits: ByteEdit[] = [];
  let index = -1;
  for (const { start, end } of inputElements(body)) {
    index++;
    if (!body.subarray(start, end).includes(COMPACTION_START)) continue;
    const item = parsedJson(body.toString('utf8', start, end));
    const sealed = isRecord(item) && item['type'] === 'compaction' ? textOf(item['encrypted_content']) : null;
    if (sealed === null || !sealed.startsWith(COMPACTION_START)) continue;
    const summary = open(Buffer.from(sealed.slice(COMPACTION_START.length), 'base64url'));
    if (summary === null) return { param: `input[${index}].encrypted_content` };
    const text = `${FOUND}\n\n${summary.toString()}`;
    const message = { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
    edits.push({ start, end, bytes: Buffer.from(JSON.stringify(message)) });
  }
  return { body: Buffer.concat(piecesWith(body, { start: 0, end: body.length }, edits)) };
}

function* inputElements(body: Buffer) {
  const open = skipSpace(body, 0);
  if (body[open] !== OPEN_BRACE) return;
  for (const { key, valueStart } of membersOf(body, open)) {
    if (key !== 'input') continue;
    if (body[valueStart] === OPEN_BRACKET) yield* elementsOf(body, valueStart);
    return;
  }
}

/** All text of the answer's messages. */
function summaryOf(document: JsonRecord): string {
  const messages = listOf(document['output']).filter(isRecord);
  const parts = messages.flatMap((item) => (item['type'] === 'message' ? listOf(item['content']) : []));
  return parts
    .filter(isRecord)
    .flatMap((part) => textOf(part['text']) ?? [])
    .join('\n\n');
}
