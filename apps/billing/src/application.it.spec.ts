import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { billingApi, encodeWireId as wireId, internalPaths } from '@apilink/contracts';
import { hashApiKey } from '@apilink/service';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { BillingService, SERVICE_TOKEN, wire, wireKey } from './scenario/billing-service.factory.js';

describe('billing as people and services meet it', () => {
  let test: TestDatabase;
  let billing: BillingService;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingService.create(test);
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  it('is ready and publishes the keys that its access tokens are signed with', async () => {
    expect(await billing.application.readiness()).toBeNull();
    const { status, text } = await billing.text('GET', '/.well-known/jwks.json', undefined, null);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ keys: [{ kty: 'OKP', crv: 'Ed25519' }] });
    expect(text).not.toContain('"d"');
  });

  it.each([
    ['no token', null],
    ['another token', 'eyJhbGciOiJub25lIn0.e30.'],
    ['a service token', SERVICE_TOKEN],
  ])('lets nobody in with %s', async (_name, bearer) => {
    expect((await billing.ask('GET', '/accounts', undefined, bearer)).status).toBe(401);
    expect((await billing.ask('POST', '/audits', {}, bearer)).status).toBe(401);
  });

  it('opens no session for a wrong operator token', async () => {
    expect((await billing.ask('POST', '/operator-sessions', { operatorToken: 'wrong' }, null)).status).toBe(401);
  });

  it('lets no person in where services meet', async () => {
    const answer = await billing.askInternal(internalPaths.keyLookup, { keyHash: '0'.repeat(64) }, billing.token);
    expect(answer.status).toBe(401);
  });

  it('creates an account with its default workspace and, when asked, one dollar', async () => {
    const account = await billing.newAccount();
    expect(account).toMatchObject({ postedNanoUsd: 1_000_000_000n, promoNanoUsd: 1_000_000_000n, heldNanoUsd: 0n });
    expect((await billing.newAccount(false)).postedNanoUsd).toBe(0n);
    const { body } = await billing.ask('GET', `/accounts/${wire(account.accountId)}/workspaces`);
    expect(billingApi.workspaceListSchema.parse(body).workspaces).toMatchObject([
      { name: 'default', workspaceId: account.defaultWorkspaceId },
    ]);
    expect((await billing.gate.findKey('0'.repeat(64))) === null).toBe(true);
  });

  it('grants credit once for one request key, at the gate too when it answers', async () => {
    const account = await billing.newAccount(false);
    const key = await billing.newKey(account.accountId);
    const grant = { amountNanoUsd: '25000000000', reason: 'goodwill', requestKey: 'grant-1-of-test' };
    const path = `/accounts/${wire(account.accountId)}/credit-grants`;
    const [first, second] = [await billing.ask('POST', path, grant), await billing.ask('POST', path, grant)];
    expect(first).toEqual({ status: 201, body: expect.objectContaining({ postedNanoUsd: '25000000000' }) });
    expect(second).toEqual(first);
    expect(await billing.admit(key, 25_000_000_000n)).toMatchObject({ outcome: 'granted' });
    const other = await billing.ask('POST', path, { ...grant, amountNanoUsd: '1' });
    expect(other).toMatchObject({ status: 400, body: { error: { code: 'invalid_parameter', param: 'requestKey' } } });
  });

  it('grants no more than an account may hold', async () => {
    const account = await billing.newAccount();
    const grant = { amountNanoUsd: '9000000000000000', reason: 'too much', requestKey: 'grant-2-of-test' };
    const answer = await billing.ask('POST', `/accounts/${wire(account.accountId)}/credit-grants`, grant);
    expect(answer).toMatchObject({ status: 400, body: { error: { param: 'amountNanoUsd' } } });
  });

  it('shows the secret of a key once and keeps its hash alone', async () => {
    const account = await billing.newAccount();
    const key = await billing.newKey(account.accountId);
    expect(key.apiKey).toMatch(/^sk-al-v1-/);
    const { body } = await billing.ask('GET', `/accounts/${wire(account.accountId)}/keys`);
    expect(JSON.stringify(body)).not.toContain(key.apiKey);
    const lookup = await billing.askInternal(internalPaths.keyLookup, { keyHash: hashApiKey(key.apiKey) });
    expect(lookup).toMatchObject({ status: 200, body: { timeZone: 'UTC' } });
    expect((await billing.askInternal(internalPaths.keyLookup, { keyHash: 'f'.repeat(64) })).status).toBe(404);
  });

  it('has a revoked key refused at the gate when the answer is there', async () => {
    const key = await billing.newKey((await billing.newAccount()).accountId);
    expect(await billing.admit(key)).toMatchObject({ outcome: 'granted' });
    const revoked = await billing.ask('DELETE', `/keys/${wireKey(key)}`);
    expect(revoked).toMatchObject({ status: 200, body: { status: 'revoked' } });
    expect(await billing.admit(key)).toMatchObject({ outcome: 'refused', refusal: { reason: 'key_revoked' } });
    expect((await billing.ask('PATCH', `/keys/${wireKey(key)}`, { disabled: false })).status).toBe(400);
  });

  it('has limits, disabling and suspension in force at the gate when the answer is there', async () => {
    const account = await billing.newAccount();
    const key = await billing.newKey(account.accountId, { monthlyCapNanoUsd: '1500' });
    expect(await billing.admit(key, 1_501n)).toMatchObject({ refusal: { reason: 'key_cap' } });
    await billing.ask('PATCH', `/keys/${wireKey(key)}`, { monthlyCapNanoUsd: null });
    expect(await billing.admit(key, 1_501n)).toMatchObject({ outcome: 'granted' });
    await billing.ask('PATCH', `/keys/${wireKey(key)}`, { disabled: true });
    expect(await billing.admit(key)).toMatchObject({ refusal: { reason: 'key_disabled' } });
    await billing.ask('PATCH', `/keys/${wireKey(key)}`, { disabled: false });
    await billing.ask('PATCH', `/workspaces/${wireId('ws', account.defaultWorkspaceId)}`, {
      monthlyBudgetNanoUsd: '1502',
    });
    expect(await billing.admit(key, 2n)).toMatchObject({ refusal: { reason: 'workspace_budget' } });
    await billing.ask('PATCH', `/accounts/${wire(account.accountId)}`, { status: 'suspended' });
    expect(await billing.admit(key)).toMatchObject({ refusal: { reason: 'account_suspended' } });
  });

  it('records who wrote what', async () => {
    const account = await billing.newAccount();
    const key = await billing.newKey(account.accountId);
    await billing.ask('DELETE', `/keys/${wireKey(key)}`);
    const owner = await test.database('billing_owner');
    const rows = await owner.query(
      'SELECT actor, action FROM audit_log WHERE subject IN ($1, $2) ORDER BY audit_log_id',
      [wire(account.accountId), wireKey(key)],
    );
    expect(rows).toEqual([
      { actor: 'operator', action: 'account.create' },
      { actor: 'operator', action: 'credit.grant' },
      { actor: 'operator', action: 'key.create' },
      { actor: 'operator', action: 'key.revoke' },
    ]);
  });

  it('pages accounts and usage by cursor', async () => {
    await billing.newAccount();
    const first = billingApi.accountPageSchema.parse((await billing.ask('GET', '/accounts?limit=1')).body);
    expect(first.accounts).toHaveLength(1);
    const next = billingApi.accountPageSchema.parse(
      (await billing.ask('GET', `/accounts?limit=1&cursor=${first.nextCursor}`)).body,
    );
    expect(next.accounts[0]?.accountId).not.toBe(first.accounts[0]?.accountId);
    expect((await billing.ask('GET', '/accounts?limit=0')).status).toBe(400);
  });
});
