import type { Seal } from './turn-part.js';

/** What every envelope of ours begins with; no provider's own text does. */
export const SEAL_ENVELOPE_START = 'apl1.';

const origins: ReadonlySet<string> = new Set(['anthropic', 'openai', 'google', 'other']);

/**
 * A seal for a client whose dialect is another than its origin's: `apl1.` and base64url of `<origin>:<value>`. The client
 * gives it back unread, wherever its own dialect has a signature or an encrypted text.
 */
export function sealText({ origin, value }: Seal): string {
  return SEAL_ENVELOPE_START + Buffer.from(`${origin}:${value}`).toString('base64url');
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
  const opened = Buffer.from(text.slice(SEAL_ENVELOPE_START.length), 'base64url').toString();
  const colon = opened.indexOf(':');
  const origin = originOf(opened.slice(0, Math.max(colon, 0)));
  return origin === null ? { origin: 'other', value: text } : { origin, value: opened.slice(colon + 1) };
}

/** It is ours: an upstream would call it a broken signature. */
export function isSealEnvelope(text: string): boolean {
  return text.startsWith(SEAL_ENVELOPE_START);
}

function originOf(name: string): Seal['origin'] | null {
  return isOrigin(name) ? name : null;
}

function isOrigin(name: string): name is Seal['origin'] {
  return origins.has(name);
}
