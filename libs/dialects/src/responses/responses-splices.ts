import { parsedJson, isRecord, textOf } from '../json/records.js';
import type { RequestMembers } from '../request/request-members.js';
import { removals } from '../json/removals.js';
import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { OPEN_BRACKET } from '../json/json-bytes.js';
import { elementsOf } from '../json/json-members.js';
import type { MemberRange } from '../json/scan-document.js';
import { openedEnvelope, SEAL_ENVELOPE_START } from '../turn/seal-envelope.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { gatewayKeys } from '../request/gateway-keys.js';
import { COMPACTED } from './read-responses-input.js';

/** What one endpoint is sent instead of what the client wrote. */
export interface ResponsesChanges {
  readonly model: string;
  /** Null leaves the client's. */
  readonly maxTokens: number | null;
  /** The answer will be kept, so that its hidden reasoning has to come along. */
  readonly keepsReasoning: boolean;
}

const gateway: ReadonlySet<string> = new Set(gatewayKeys);
const ENCRYPTED_REASONING = 'reasoning.encrypted_content';
const envelopeStart = Buffer.from(`"${SEAL_ENVELOPE_START}`);

/**
 * The body for an endpoint of the same dialect, as pieces. Changed are the model's name, the output limit when one is given,
 * `store` (what is kept, we keep), and envelopes of ours, which no provider can read; the gateway's parameters are taken out.
 * Every other byte stays, and untouched pieces share memory with `body`.
 */
export function spliceResponsesRequest(body: Buffer, members: RequestMembers, changes: ResponsesChanges): Buffer[] {
  const { byKey, open, all } = members;
  const edits: ByteEdit[] = [];
  const dropped = new Set<MemberRange>();
  for (const [key, member] of byKey) {
    const value = valueFor(body, key, member, changes);
    if (value === 'dropped') dropped.add(member);
    else if (value !== null) edits.push({ start: member.valueStart, end: member.end, bytes: Buffer.from(value) });
  }
  const added: string[] = byKey.has('store') ? [] : ['"store":false,'];
  const { maxTokens, keepsReasoning } = changes;
  if (maxTokens !== null && !byKey.has('max_output_tokens')) added.push(`"max_output_tokens":${maxTokens},`);
  if (keepsReasoning && !byKey.has('include')) added.push(`"include":["${ENCRYPTED_REASONING}"],`);
  if (added.length > 0) edits.push({ start: open + 1, end: open + 1, bytes: Buffer.from(added.join('')) });
  edits.push(...removals(all, dropped));
  return piecesWith(body, { start: 0, end: body.length }, edits);
}

/** What a member's value becomes; null when it stays. */
function valueFor(body: Buffer, key: string, member: MemberRange, changes: ResponsesChanges): string | null {
  if (gateway.has(key) || key === 'previous_response_id') return 'dropped';
  switch (key) {
    case 'store':
      return 'false';
    case 'model':
      return JSON.stringify(changes.model);
    case 'max_output_tokens':
      return changes.maxTokens === null ? null : String(changes.maxTokens);
    case 'include':
      return changes.keepsReasoning ? withReasoning(body, member) : null;
    case 'input':
      return withoutEnvelopes(body, member);
    default:
      return null;
  }
}

function withReasoning(body: Buffer, { valueStart, end }: MemberRange): string | null {
  const told = parsedJson(body.toString('utf8', valueStart, end));
  const include: unknown[] = Array.isArray(told) ? told : [];
  return include.includes(ENCRYPTED_REASONING) ? null : JSON.stringify([...include, ENCRYPTED_REASONING]);
}

/** Nearly no request has an envelope: its first bytes are looked for before any item is. */
function withoutEnvelopes(body: Buffer, { valueStart, end }: MemberRange): string | null {
  if (body[valueStart] !== OPEN_BRACKET) return null;
  if (!body.subarray(valueStart, end).includes(envelopeStart)) return null;
  const items: string[] = [];
  for (const range of elementsOf(body, valueStart)) {
    const text = body.toString('utf8', range.start, range.end);
    const item = text.includes(SEAL_ENVELOPE_START) ? parsedJson(text) : null;
    const replaced = isRecord(item) ? withoutEnvelope(item) : undefined;
    if (replaced !== null) items.push(replaced ?? text);
  }
  return `[${items.join(',')}]`;
}

/**
 * JSON of what stands for an item with an envelope of ours: nothing for reasoning, which a provider could only look for in
 * vain; the summary for a compacted conversation. Undefined when the item has none.
 */
function withoutEnvelope(item: JsonRecord): string | null | undefined {
  const sealed = textOf(item['encrypted_content']) ?? '';
  if (!sealed.startsWith(SEAL_ENVELOPE_START)) return undefined;
  const envelope = openedEnvelope(sealed);
  if (envelope === null || item['type'] === 'reasoning') return null;
  return JSON.stringify({ type: 'message', role: 'user', content: COMPACTED + envelope.seal.value });
}
