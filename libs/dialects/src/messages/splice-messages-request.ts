import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { removals } from '../json/removals.js';
import type { MemberRange } from '../json/scan-document.js';
import type { MessagesSplices } from './messages-request.js';
import { BUDGET_TOKENS_MIN } from './thinking-budget.js';
import { staleEnvelopeEdits } from './stale-envelopes.js';

export interface MessagesRequestChanges {
  /** The upstream's name of the model. */
  readonly model: string;
  /** The output limit to send, or null to leave what the client wrote. */
  readonly maxTokens: number | null;
}

/**
 * The body for one upstream: pieces of the original and patches, in order. Changed are the model's name and the output limit
 * when one is given, with a budget of thinking that no longer fits it; the gateway's own parameters and stale envelopes are taken out; every other byte stays, and untouched
 * pieces share memory with `body`.
 */
export function spliceMessagesRequest(
  body: Buffer,
  splices: MessagesSplices,
  changes: MessagesRequestChanges,
): Buffer[] {
  const edits: ByteEdit[] = [];
  const model = Buffer.from(JSON.stringify(changes.model));
  const { valueStart, end } = splices.model;
  if (!body.subarray(valueStart, end).equals(model)) edits.push({ start: valueStart, end, bytes: model });
  if (changes.maxTokens !== null && !splices.isPrewarming) {
    const limit = splices.maxTokens;
    edits.push({ start: limit.valueStart, end: limit.end, bytes: Buffer.from(String(changes.maxTokens)) });
    edits.push(...budgetEdits(body, splices, changes.maxTokens));
  }
  const dropped = new Set<MemberRange>(splices.gateway);
  edits.push(...staleEnvelopeEdits(body, splices.messages), ...removals(splices.members, dropped));
  return piecesWith(body, { start: 0, end: body.length }, edits);
}

/** Anthropic refuses a budget that the output limit does not leave room for: a limit that we lowered must not be why. */
function budgetEdits(body: Buffer, { budget }: MessagesSplices, maxTokens: number): ByteEdit[] {
  if (budget === null || maxTokens <= BUDGET_TOKENS_MIN) return [];
  const asked = Number(body.toString('latin1', budget.valueStart, budget.end));
  if (!(asked >= maxTokens)) return [];
  return [{ start: budget.valueStart, end: budget.end, bytes: Buffer.from(String(maxTokens - 1)) }];
}
