import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { CLOSE_BRACE, skipSpace } from '../json/json-bytes.js';
import { removals } from '../json/removals.js';
import type { MemberRange } from '../json/scan-document.js';
import type { ChatRequestChanges, ChatSplices } from './chat-request.js';

const askedUsage = Buffer.from('{"include_usage":true}');
const askedTrue = Buffer.from('true');

/**
 * The body for one upstream: pieces of the original and patches, in order. Changed are the model's name,
 * `stream_options.include_usage`, the output limit when one is given, and the gateway's own parameters are taken out; every
 * other byte stays, and untouched pieces share memory with `body`.
 */
export function spliceChatRequest(body: Buffer, splices: ChatSplices, changes: ChatRequestChanges): Buffer[] {
  const edits: ByteEdit[] = [];
  const model = Buffer.from(JSON.stringify(changes.model));
  const { valueStart, end } = splices.model;
  if (!body.subarray(valueStart, end).equals(model)) edits.push({ start: valueStart, end, bytes: model });
  if (changes.includeUsage) edits.push(...usageEdits(body, splices));
  const dropped = new Set<MemberRange>(splices.gateway);
  edits.push(...limitEdits(body, splices, changes, dropped));
  edits.push(...removals(splices.members, dropped));
  return piecesWith(body, { start: 0, end: body.length }, edits);
}

function usageEdits(body: Buffer, splices: ChatSplices): ByteEdit[] {
  const { streamOptions, includeUsage, open } = splices;
  if (streamOptions === null) return [inserted(open, `"stream_options":${askedUsage.toString()},`)];
  if (includeUsage !== null) {
    const isTrue = body.subarray(includeUsage.start, includeUsage.end).equals(askedTrue);
    return isTrue ? [] : [{ ...includeUsage, bytes: askedTrue }];
  }
  const { valueStart, end } = streamOptions;
  const brace = body[valueStart] === 0x7b;
  if (!brace) return [{ start: valueStart, end, bytes: askedUsage }];
  const isEmpty = body[skipSpace(body, valueStart + 1)] === CLOSE_BRACE;
  return [inserted(valueStart, isEmpty ? '"include_usage":true' : '"include_usage":true,')];
}

/** Members of the limit beyond the first are dropped when the endpoint knows only one name for it. */
function limitEdits(
  body: Buffer,
  splices: ChatSplices,
  changes: ChatRequestChanges,
  dropped: Set<MemberRange>,
): ByteEdit[] {
  const { maxTokens, maxTokensKey } = changes;
  const edits: ByteEdit[] = [];
  const written = splices.maxTokens.filter((member) => body[member.valueStart] !== 0x6e);
  const members = written.length > 0 ? written : splices.maxTokens.slice(0, 1);
  members.forEach((member, index) => {
    if (maxTokensKey !== null && index > 0) dropped.add(member);
    else {
      if (maxTokensKey !== null) {
        edits.push({ start: member.start, end: member.keyEnd, bytes: Buffer.from(`"${maxTokensKey}"`) });
      }
      if (maxTokens !== null) {
        edits.push({ start: member.valueStart, end: member.end, bytes: Buffer.from(String(maxTokens)) });
      }
    }
  });
  if (maxTokensKey !== null) {
    for (const member of splices.maxTokens) if (!members.includes(member)) dropped.add(member);
  }
  if (maxTokens !== null && members.length === 0) {
    edits.push(inserted(splices.open, `"${maxTokensKey ?? 'max_tokens'}":${maxTokens},`));
  }
  return edits;
}

function inserted(brace: number, text: string): ByteEdit {
  return { start: brace + 1, end: brace + 1, bytes: Buffer.from(text) };
}
