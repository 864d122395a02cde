import { accountIdSchema, keyIdSchema } from '@apilink/contracts';
import { z } from 'zod';

import type { BillingClient } from './billing.client.js';
import { firstKeyFile, type FirstKey } from './quickstart.repository.js';

const accountName = 'Quick start';
const keyName = 'quick start';

/**
 * The account with the $1 credit and its key: made at the first start, the same ones ever after. A key that was revoked
 * or has expired meanwhile is replaced; the credit is granted once, with the account.
 */
export async function ensureFirstKey(dataDir: string, billing: BillingClient): Promise<FirstKey> {
  const file = firstKeyFile(dataDir);
  const known = file.read();
  if (known !== null && (await isUsable(known, billing))) return known;
  const account = await firstAccount(billing);
  const created = await billing.createKey(account.accountId, keyName);
  const firstKey = {
    accountId: z.encode(accountIdSchema, account.accountId),
    keyId: z.encode(keyIdSchema, created.keyId),
    apiKey: created.apiKey,
  };
  file.write(firstKey);
  return firstKey;
}

async function isUsable(known: FirstKey, billing: BillingClient): Promise<boolean> {
  const accountId = accountIdSchema.parse(known.accountId);
  const accounts = await billing.accounts();
  if (!accounts.some((account) => account.accountId === accountId)) return false;
  const key = (await billing.keys(accountId)).find(({ keyId }) => z.encode(keyIdSchema, keyId) === known.keyId);
  return key?.status === 'active' && (key.expiresAt === null || key.expiresAt > Date.now());
}

/** An account that a start made which was killed before it could note it is found by its name. */
async function firstAccount(billing: BillingClient) {
  const made = (await billing.accounts()).find(({ name }) => name === accountName);
  return made ?? billing.createAccount(accountName);
}
