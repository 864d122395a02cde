import { encodeWireId as wireId, managedKeysApi, type AccountId, type KeyId } from '@apilink/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { BillingService, wireKey } from '../scenario/billing-service.factory.js';

interface Key {
  readonly keyId: KeyId;
  readonly accountId: AccountId;
}

describe('a management key', () => {
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

  async function ask(by: Key, question: object): Promise<managedKeysApi.ManagedKeyReply> {
    const wire = { accountId: wireId('acc', by.accountId), keyId: wireKey(by) };
    const { body } = await billing.askInternal(managedKeysApi.managedKeysPath, { by: wire, ask: question });
    return managedKeysApi.managedKeyReplySchema.parse(body);
  }

  async function done(by: Key, question: object) {
    const reply = await ask(by, question);
    if (reply.outcome !== 'done') throw new Error(`it answered ${reply.outcome}`);
    return reply;
  }

  async function manager(): Promise<Key> {
    return billing.newKey((await billing.newAccount()).accountId, { management: true });
  }

  it('may call no model, and cannot be turned into a key that does', async () => {
    const account = await billing.newAccount();
    const key = await billing.newKey(account.accountId, { management: true });
    expect(key).toMatchObject({ management: true, models: [] });
    expect(await billing.admit(key)).toMatchObject({ outcome: 'granted', models: [] });
    expect((await billing.ask('PATCH', `/keys/${wireKey(key)}`, { models: null })).status).toBe(400);
    expect((await billing.ask('PATCH', `/keys/${wireKey(key)}`, { name: 'other' })).body).toMatchObject({ models: [] });
  });

  it('creates, changes and ends keys of its account, in force at the gate, on record as the one who did', async () => {
    const by = await manager();
    const { keys, apiKey } = await done(by, { do: 'create', name: 'ci', monthlyCapNanoUsd: '1500' });
    const [key] = keys;
    if (key === undefined) throw new Error('no key was created');
    expect(apiKey).toMatch(/^sk-al-v1-/);
    expect(await billing.admit(key, 1_501n)).toMatchObject({ refusal: { reason: 'key_cap' } });
    const keyId = wireKey(key);
    await done(by, { do: 'update', keyId, monthlyCapNanoUsd: null, disabled: true });
    expect(await billing.admit(key, 1_501n)).toMatchObject({ refusal: { reason: 'key_disabled' } });
    expect((await done(by, { do: 'list', includeDisabled: false, offset: 0 })).keys).toEqual([]);
    expect((await done(by, { do: 'list', includeDisabled: true, offset: 0 })).keys).toHaveLength(1);
    await done(by, { do: 'revoke', keyId });
    expect(await ask(by, { do: 'find', keyId })).toEqual({ outcome: 'not_found' });
    const owner = await test.database('billing_owner');
    const rows = await owner.query('SELECT DISTINCT actor FROM audit_log WHERE subject = $1', [keyId]);
    expect(rows).toEqual([{ actor: wireKey(by) }]);
  });

  it('sees what its keys spent in the periods of the account', async () => {
    const by = await manager();
    const key = await billing.newKey(by.accountId);
    const owner = await test.database('billing_owner');
    const insert = `INSERT INTO period_spends (account_id, scope, scope_id, period, spent_nano_usd)
      VALUES ($1, 'key', $2, $3, $4)`;
    const month = new Date().toISOString().slice(0, 7);
    await owner.query(insert, [by.accountId, key.keyId, 'total', '70']);
    await owner.query(insert, [by.accountId, key.keyId, month, '30']);
    const [told] = (await done(by, { do: 'find', keyId: wireKey(key) })).keys;
    expect(told?.spent).toEqual({ totalNanoUsd: 70n, dayNanoUsd: 0n, weekNanoUsd: 0n, monthNanoUsd: 30n });
  });

  it('cannot touch another account’s keys, management keys or itself, nor do anything once it is disabled', async () => {
    const by = await manager();
    const second = await billing.newKey(by.accountId, { management: true });
    const foreign = await billing.newKey((await billing.newAccount()).accountId);
    for (const keyId of [foreign, second, by].map(wireKey)) {
      expect(await ask(by, { do: 'revoke', keyId })).toEqual({ outcome: 'not_found' });
    }
    const ordinary = await billing.newKey(by.accountId);
    expect(await ask(ordinary, { do: 'create', name: 'x' })).toEqual({ outcome: 'not_allowed' });
    expect(await ask({ ...by, accountId: foreign.accountId }, { do: 'create', name: 'x' })).toEqual({
      outcome: 'not_allowed',
    });
    await billing.ask('PATCH', `/keys/${wireKey(by)}`, { disabled: true });
    expect(await ask(by, { do: 'create', name: 'x' })).toEqual({ outcome: 'not_allowed' });
  });

  it('reads the activity of its account by day and model', async () => {
    const by = await manager();
    const day = new Date().toISOString().slice(0, 10);
    const owner = await test.database('billing_owner');
    await owner.query(
      `INSERT INTO usage_days (account_id, facet, value, day, requests, charge_nano_usd, written_off_nano_usd,
         absorbed_nano_usd, input_tokens, output_tokens, cached_input_tokens, reasoning_tokens)
       VALUES ($1, 'model', 'acme/a', $2, 3, 5, 0, 0, 7, 11, 0, 0)`,
      [by.accountId, day],
    );
    const wire = { accountId: wireId('acc', by.accountId), keyId: wireKey(by) };
    for (const asked of [null, day]) {
      const { body } = await billing.askInternal(managedKeysApi.accountActivityPath, { by: wire, day: asked });
      expect(body).toMatchObject({
        outcome: 'done',
        rows: [{ day, model: 'acme/a', requests: 3, chargeNanoUsd: '5' }],
      });
    }
  });
});
