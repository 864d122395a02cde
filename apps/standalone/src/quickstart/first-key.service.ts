import { accountIdSchema, keyIdSchema, type AccountId, type KeyId } from '@apilink/contracts';
import { z } from 'zod';

import { firstKeyFile, type FirstKey } from './quickstart.repository.js';

const accountName = 'Quick start';
const keyName = 'quick start';

/** What this asks of billing. */
export interface FirstKeyBilling {
  /** Null = there is no such account. */
  account(id: AccountId): Promise<{ readonly accountId: AccountId } | null>;
  /** Some hundred accounts at most. */
  accounts(): Promise<readonly { readonly accountId: AccountId; readonly name: string }[]>;
  /** With the free credit. */
  createAccount(name: string): Promise<{ readonly accountId: AccountId }>;
  keys(account: AccountId): Promise<readonly KnownKey[]>;
  createKey(account: AccountId, name: string): Promise<{ readonly keyId: KeyId; readonly apiKey: string }>;
}
interface KnownKey {
  readonly keyId: KeyId;
  readonly status: 'active' | 'disabled' | 'revoked';
  readonly expiresAt: number | null;
}

/**
 * The account with the $1 credit and its key: made at the first start, the same ones ever after. A key that was revoked,
 * disabled or has expired meanwhile is replaced in the same account; the credit is granted once, with the account.
 */
export async function ensureFirstKey(
  dataDir: string,
  billing: FirstKeyBilling,
  now: () => number = Date.now,
): Promise<FirstKey> {
  const file = firstKeyFile(dataDir);
  const known = file.read();
  const account = await firstAccount(known, billing);
  if (known !== null && isUsable(known, await billing.keys(account), now())) return known;
  const created = await billing.createKey(account, keyName);
  const firstKey = {
    accountId: z.encode(accountIdSchema, account),
    keyId: z.encode(keyIdSchema, created.keyId),
    apiKey: created.apiKey,
  };
  file.write(firstKey);
  return firstKey;
}

/**
 * The noted account. Without a note the one of a first start that was killed before it could write it, found by its
 * name; only then a new one. (A note whose account is gone belongs to a database that was replaced.)
 */
async function firstAccount(known: FirstKey | null, billing: FirstKeyBilling): Promise<AccountId> {
  const noted = known === null ? null : await billing.account(accountIdSchema.parse(known.accountId));
  if (noted !== null) return noted.accountId;
  const made = (await billing.accounts()).find(({ name }) => name === accountName);
  return (made ?? (await billing.createAccount(accountName))).accountId;
}

function isUsable(known: FirstKey, keys: readonly KnownKey[], at: number): boolean {
  const key = keys.find(({ keyId }) => z.encode(keyIdSchema, keyId) === known.keyId);
  return key?.status === 'active' && (key.expiresAt === null || key.expiresAt > at);
}
