import { createHmac } from 'node:crypto';
import { domainToASCII } from 'node:url';

import type { AccountId, VerifiedIdentity } from '@apilink/contracts';

import { illegalState } from '../illegal-state.domain.js';

/** Whose free credit it is: an address or number that the operator verified, or the account itself. */
export type CreditedIdentity = VerifiedIdentity | { readonly kind: 'account'; readonly value: AccountId };

/** Mail domains whose other names reach the same mailbox. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['googlemail.com', 'gmail.com'],
  ['pm.me', 'proton.me'],
  ['protonmail.com', 'proton.me'],
  ['hotmail.com', 'outlook.com'],
  ['live.com', 'outlook.com'],
  ['msn.com', 'outlook.com'],
  ['me.com', 'icloud.com'],
  ['mac.com', 'icloud.com'],
]);
/** Where everything from a plus sign on is a note of the owner's. */
const plusDomains: ReadonlySet<string> = new Set([
  'gmail.com',
  'outlook.com',
  'icloud.com',
  'proton.me',
  'fastmail.com',
  'hey.com',
  'yandex.com',
  'zoho.com',
]);
/** Where dots in the name mean nothing. */
const dotDomains: ReadonlySet<string> = new Set(['gmail.com', 'proton.me']);

/**
 * One person, one text: letter case never counts; at the providers above neither do their aliases, notes after a plus
 * sign, or dots. Null when it is no address or number that could have been verified.
 */
export function normalisedIdentity(identity: CreditedIdentity): string | null {
  switch (identity.kind) {
    case 'email':
      return normalisedEmail(identity.value);
    case 'phone':
      return normalisedPhone(identity.value);
    case 'account':
      return identity.value;
  }
  return illegalState(identity);
}

/** HMAC-SHA-256 under the installation's key: who reads the table learns no address, and cannot try any without the key. */
export function identityHash(kind: CreditedIdentity['kind'], normalised: string, key: string): string {
  return createHmac('sha256', key).update(`${kind}:${normalised}`).digest('hex');
}

function normalisedEmail(text: string): string | null {
  const [, name = '', host = ''] = /^([^@\s]{1,64})@([^@\s]{1,255})$/.exec(text.normalize('NFKC').trim()) ?? [];
  const ascii = domainToASCII(host.toLowerCase()).replace(/\.$/, '');
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(ascii)) return null;
  const domain = aliases.get(ascii) ?? ascii;
  let local = name.toLowerCase();
  if (plusDomains.has(domain)) local = local.replace(/\+.*$/, '');
  if (dotDomains.has(domain)) local = local.replaceAll('.', '');
  return local === '' ? null : `${local}@${domain}`;
}

/** E.164. Eleven digits that begin with 1 and 3-9 are a mainland mobile number; any other needs its country. */
function normalisedPhone(text: string): string | null {
  const digits = text
    .normalize('NFKC')
    .replaceAll(/[\s().-]/g, '')
    .replace(/^00/, '+');
  if (/^\+[1-9]\d{6,14}$/.test(digits)) return digits;
  return /^1[3-9]\d{9}$/.test(digits) ? `+86${digits}` : null;
}
