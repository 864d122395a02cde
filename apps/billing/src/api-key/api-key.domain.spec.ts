import { describe, expect, it } from '@jest/globals';
import { accountIdSchema, keyIdSchema, workspaceIdSchema } from '@apilink/contracts';

import { changedKey, noLimits, revokedKey, type ApiKeyRecord } from './api-key.domain.js';

const id = '01990000-0000-7000-8000-000000000001';
const key: ApiKeyRecord = {
  ...noLimits,
  monthlyCapNanoUsd: 5n,
  keyId: keyIdSchema.out.parse(id),
  accountId: accountIdSchema.out.parse(id),
  workspaceId: workspaceIdSchema.out.parse(id),
  name: 'first',
  keyHash: '0'.repeat(64),
  hint: 'sk-al-v1-AbCd…WxYz',
  status: 'active',
  version: 3,
  createdAt: 0,
};

describe('a change of a key', () => {
  it('keeps what it does not name and takes away what is null', () => {
    expect(changedKey(key, { concurrency: 2 })).toMatchObject({ concurrency: 2, monthlyCapNanoUsd: 5n, version: 4 });
    expect(changedKey(key, { monthlyCapNanoUsd: null })).toMatchObject({ monthlyCapNanoUsd: null, version: 4 });
  });

  it('disables and enables', () => {
    const disabled = changedKey(key, { disabled: true });
    expect(disabled.status).toBe('disabled');
    expect(changedKey(disabled, { disabled: false }).status).toBe('active');
    expect(changedKey(disabled, { name: 'other' }).status).toBe('disabled');
  });

  it('cannot bring a revoked key back, and revoking it again is no change', () => {
    const revoked = revokedKey(key);
    expect(revoked).toMatchObject({ status: 'revoked', version: 4 });
    expect(revokedKey(revoked)).toBe(revoked);
    expect(changedKey(revoked, { disabled: false }).status).toBe('revoked');
  });
});
