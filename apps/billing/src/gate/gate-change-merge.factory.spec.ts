import { describe, expect, it } from '@jest/globals';
import { accountIdSchema, generationIdSchema, keyIdSchema, workspaceIdSchema } from '@apilink/contracts';
import type { GateChange, GateKey, PeriodSpend } from '@apilink/holds';
import { testUuid } from '@apilink/testing';

import { mergeChanges } from './gate-change-merge.factory.js';
import { changeOf, storedText } from './gate-outbox.entity.js';

const [one, two] = [accountIdSchema.out.parse(testUuid(1)), accountIdSchema.out.parse(testUuid(2))];
const keyId = keyIdSchema.out.parse(testUuid(3));
const workspaceId = workspaceIdSchema.out.parse(testUuid(6));
const holds = [4, 5].map((number) => generationIdSchema.out.parse(testUuid(number)));

function balance(postedNanoUsd: bigint, version: number) {
  return { postedNanoUsd, version, creditedNanoUsd: 9_000_000_000_000_000n, spentNanoUsd: 0n };
}

function spend(spentNanoUsd: bigint, version: number): PeriodSpend {
  return { scope: 'key', scopeId: keyId, period: 'total', spentNanoUsd, version };
}

describe('changes of several commits, told as one', () => {
  it('say the newest of each part, and close the holds of all of them with the newest balance', () => {
    const first: GateChange = {
      accountId: one,
      balance: balance(900n, 2),
      periods: [spend(100n, 2)],
      closed: holds.slice(0, 1),
    };
    const second: GateChange = { accountId: one, balance: balance(800n, 3), periods: [spend(200n, 3)], closed: holds };
    const [merged] = mergeChanges([first, second]);
    expect(merged).toMatchObject({ balance: balance(800n, 3), periods: [spend(200n, 3)], closed: holds });
    // A row that comes after a newer one takes nothing back.
    expect(mergeChanges([second, first])[0]).toMatchObject({ balance: balance(800n, 3), periods: [spend(200n, 3)] });
  });

  it('keep accounts apart and in order, and say nothing of what no commit said', () => {
    const closing: GateChange = { accountId: two, closed: holds };
    const merged = mergeChanges([closing, { accountId: one, balance: balance(1n, 1) }, closing]);
    expect(merged.map(({ accountId }) => accountId)).toEqual([two, one]);
    expect(merged[0]).not.toHaveProperty('balance');
  });
});

describe('a change in its row', () => {
  it('comes back as it was, amounts exact', () => {
    const key: GateKey = {
      keyId,
      keyHash: 'a'.repeat(64),
      workspaceId,
      status: 'active',
      expiresAt: null,
      requestsPerMinute: 1,
      tokensPerMinute: null,
      concurrency: null,
      dailyCapNanoUsd: 9_007_199_254_740_993n,
      weeklyCapNanoUsd: null,
      monthlyCapNanoUsd: null,
      models: ['acme/echo-1'],
      version: 7,
    };
    const change: GateChange = {
      accountId: one,
      balance: balance(-1n, 2),
      account: { status: 'active', timeZone: 'UTC', concurrency: null, version: 1 },
      workspaces: [{ workspaceId, status: 'active', monthlyBudgetNanoUsd: 5n, version: 1 }],
      keys: [key],
      periods: [spend(3n, 1)],
      closed: holds,
    };
    expect(changeOf(JSON.parse(storedText(change)))).toEqual(change);
    const least: GateChange = { accountId: one };
    expect(changeOf(JSON.parse(storedText(least)))).toEqual(least);
  });
});
