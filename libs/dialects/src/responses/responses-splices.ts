import { parsedJson, isRecord, textOf } from '../chat/records.js';
import { editMembers, type MemberEdit } from '../json/member-edits.js';
import { OPEN_BRACKET } from '../json/json-bytes.js';
import { elementsOf, type NamedMember } from '../json/json-members.js';
import type { MemberRange } from '../json/scan-document.js';
import { openedEnvelope, SEAL_ENVELOPE_START } from '../turn/seal-envelope.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { gatewayKeys } from './responses-keys.js';
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
/** Ours to say, also when the client said nothing. */
const notStored = '"store":false';

/**
 * The body for an endpoint of the same dialect, as pieces. Changed are the model's name, the output limit when one is given,
 * `store` (what is kept, we keep), and envelopes of ours, which no provider can read; the gateway's parameters are taken out.
 * Every other value keeps every byte.
 */
export function spliceResponsesRequest(
  body: Buffer,
  members: ReadonlyMap<string, MemberRange>,
  changes: ResponsesChanges,
): Buffer[] {
  const added = [notStored];
  if (changes.maxTokens !== null && !members.has('max_output_tokens')) {
    added.push(`"max_output_tokens":${changes.maxTokens}`);
  }
  const asksReasoning = changes.keepsReasoning && !members.has('include');
  if (asksReasoning) added.push(`"include":["${ENCRYPTED_REASONING}"]`);
  return editMembers(body, (member) => editOf(body, member, changes), added);
}

function editOf(body: Buffer, member: NamedMember, changes: ResponsesChanges): MemberEdit {
  const { key } = member;
  if (gateway.has(key) || key === 'store' || key === 'previous_response_id') return 'drop';
  if (key === 'model') return { value: JSON.stringify(changes.model) };
  if (key === 'max_output_tokens' && changes.maxTokens !== null) return { value: String(changes.maxTokens) };
  if (key === 'include' && changes.keepsReasoning) return withReasoning(body, member);
  if (key === 'input') return withoutEnvelopes(body, member);
  return null;
}

function withReasoning(body: Buffer, { valueStart, end }: NamedMember): MemberEdit {
  const told = parsedJson(body.toString('utf8', valueStart, end));
  const include: unknown[] = Array.isArray(told) ? told : [];
  return include.includes(ENCRYPTED_REASONING) ? null : { value: JSON.stringify([...include, ENCRYPTED_REASONING]) };
}

/** Nearly no request has an envelope: its first bytes are looked for before any item is. */
function withoutEnvelopes(body: Buffer, { valueStart, end }: NamedMember): MemberEdit {
  if (body[valueStart] !== OPEN_BRACKET) return null;
  if (!body.subarray(valueStart, end).includes(envelopeStart)) return null;
  const items: string[] = [];
  for (const range of elementsOf(body, valueStart)) {
    const text = body.toString('utf8', range.start, range.end);
    const item = text.includes(SEAL_ENVELOPE_START) ? parsedJson(text) : null;
    const replaced = isRecord(item) ? withoutEnvelope(item) : text;
    if (replaced !== null) items.push(replaced ?? text);
  }
  return { value: `[${items.join(',')}]` };
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
