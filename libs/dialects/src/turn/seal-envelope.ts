import { isRecord, parsedJson, textOf } from '../json/records.js';
import type { Seal } from './turn-part.js';

/** What every envelope of ours begins with; no provider's own text does. */
export const SEAL_ENVELOPE_START = 'apl1.';

const origins: ReadonlySet<unknown> = new Set(['anthropic', 'openai', 'google', 'other']);

/** What an envelope may say beside the seal. */
export interface SealContext {
  /** The text that was sealed, for clients that may not give it back as it was. */
  readonly text?: string | null;
  /** The call that the seal is of, for dialects that have no place for one on a call. */
  readonly callId?: string | null;
}

export interface OpenedEnvelope {
  readonly seal: Seal;
  readonly text: string | null;
  readonly callId: string | null;
}

/**
 * A seal for a client whose dialect is another than its origin's: `apl1.` and base64url of a small JSON object. The client
 * gives it back unread, wherever its own dialect has a signature or an encrypted text.
 */
export function sealText({ origin, value }: Seal, { text, callId }: SealContext = {}): string {
  const told = { o: origin, v: value, ...(text ? { t: text } : {}), ...(callId ? { c: callId } : {}) };
  return SEAL_ENVELOPE_START + Buffer.from(JSON.stringify(told)).toString('base64url');
}

/** A seal as a client whose dialect is that of `native` gets it: its own ones bare, all others in an envelope. */
export function sealTextFor(seal: Seal, native: Seal['origin']): string {
  return seal.origin === native && !isSealEnvelope(seal.value) ? seal.value : sealText(seal);
}

/**
 * What a client gave back. A text that is no envelope is of `native` origin; an envelope that cannot be opened is of nobody,
 * so that no upstream is given it.
 */
export function sealOf(text: string, native: Seal['origin']): Seal {
  if (!isSealEnvelope(text)) return { origin: native, value: text };
  return openedEnvelope(text)?.seal ?? { origin: 'other', value: text };
}

/** Null for what is no envelope of ours. */
export function openedEnvelope(text: string): OpenedEnvelope | null {
  if (!isSealEnvelope(text)) return null;
  const told = parsedJson(Buffer.from(text.slice(SEAL_ENVELOPE_START.length), 'base64url').toString());
  if (!isRecord(told)) return null;
  const { o: origin, v: value } = told;
  if (!isOrigin(origin) || typeof value !== 'string') return null;
  return { seal: { origin, value }, text: textOf(told['t']), callId: textOf(told['c']) };
}

/** It is ours: an upstream would call it a broken signature. */
export function isSealEnvelope(text: string): boolean {
  return text.startsWith(SEAL_ENVELOPE_START);
}

function isOrigin(name: unknown): name is Seal['origin'] {
  return origins.has(name);
}
