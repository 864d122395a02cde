import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { accountIdSchema, encodeWireId, keyIdSchema, type AccountId, type KeyId } from '@apilink/contracts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { ensureFirstKey, type FirstKeyBilling } from './first-key.service.js';

interface Account {
  readonly accountId: AccountId;
  readonly name: string;
}
interface Key {
  readonly keyId: KeyId;
  readonly accountId: AccountId;
  readonly apiKey: string;
  status: 'active' | 'disabled' | 'revoked';
  expiresAt: number | null;
}

/** Billing in memory: whatever was created, in order. */
class FakeBilling implements FirstKeyBilling {
  readonly created: Account[] = [];
  readonly issued: Key[] = [];
  #ids: number;

  constructor(idsFrom = 0) {
    this.#ids = idsFrom;
  }

  async account(id: AccountId) {
    return this.created.find(({ accountId }) => accountId === id) ?? null;
  }

  async accounts() {
    return this.created;
  }

  async createAccount(name: string) {
    const account = { accountId: accountIdSchema.parse(encodeWireId('acc', this.#uuid())), name };
    this.created.push(account);
    return account;
  }

  async keys(account: AccountId) {
    return this.issued.filter(({ accountId }) => accountId === account);
  }

  async createKey(account: AccountId) {
    const keyId = keyIdSchema.parse(encodeWireId('key', this.#uuid()));
    const key: Key = {
      keyId,
      accountId: account,
      apiKey: `sk-${this.issued.length}`,
      status: 'active',
      expiresAt: null,
    };
    this.issued.push(key);
    return key;
  }

  #uuid(): string {
    this.#ids++;
    return `00000000-0000-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }
}

describe('the first account and its key', () => {
  let dataDir: string;
  let billing: FakeBilling;
  const ensure = () => ensureFirstKey(dataDir, billing, () => 1_000);

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'apilink-first-key-'));
    billing = new FakeBilling();
  });

  afterEach(() => {
    rmSync(dataDir, { recursive: true });
  });

  it('are made once and stay the same', async () => {
    const first = await ensure();
    expect(await ensure()).toEqual(first);
    expect([billing.created.length, billing.issued.length]).toEqual([1, 1]);
  });

  it.each([
    ['was revoked', { status: 'revoked' as const }],
    ['was disabled', { status: 'disabled' as const }],
    ['has expired', { expiresAt: 1_000 }],
  ])('get another key when the old one %s, without another credit', async (_what, change) => {
    const first = await ensure();
    for (const key of billing.issued) Object.assign(key, change);
    const second = await ensure();
    expect(second).toMatchObject({ accountId: first.accountId, apiKey: 'sk-1' });
    expect(billing.created).toHaveLength(1);
  });

  it('are found again after a first start that was killed before it could note them', async () => {
    await billing.createAccount('Quick start');
    await ensure();
    expect(billing.created).toHaveLength(1);
  });

  it('are made anew when the database was replaced', async () => {
    await ensure();
    billing = new FakeBilling(100);
    await billing.createAccount('Another');
    const second = await ensure();
    expect(billing.created.map(({ name }) => name)).toEqual(['Another', 'Quick start']);
    expect(billing.issued.map(({ apiKey }) => apiKey)).toEqual([second.apiKey]);
  });
});
