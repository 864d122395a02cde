import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { billingApi, encodeWireId as wireId, internalPaths, topics } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';

import { finalOf, newGenerationId, outgoing, scenarioCard } from './scenario/billing-scenario.factory.js';
import { BillingService, eventually, strangeHold, wire } from './scenario/billing-service.factory.js';

describe('billing as events reach it', () => {
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

  it('settles what an edge publishes, and answers receipt, usage and figures', async () => {
    const account = await billing.newAccount();
    const key = await billing.newKey(account.accountId);
    const generationId = newGenerationId();
    const admitted = await billing.admit(key, 500n, generationId);
    if (admitted.outcome !== 'granted') throw new Error(admitted.outcome);
    const lookup = { accountId: wire(account.accountId), generationId: wireId('gen', generationId) };
    expect(await billing.askInternal(internalPaths.generationLookup, lookup)).toMatchObject({
      status: 200,
      body: { data: { state: 'open', hold_nano_usd: '500', outcome: null } },
    });
    await billing.publishPrice();
    const hold = {
      accountId: account.accountId,
      workspaceId: account.defaultWorkspaceId,
      keyId: key.keyId,
      generationId,
      modelId: scenarioCard.modelId,
      candidates: [{ endpointId: scenarioCard.endpointId, priceVersion: scenarioCard.priceVersion }],
      periods: admitted.periods,
      openedAt: admitted.admittedAt,
      epoch: admitted.epoch,
      amountNanoUsd: 500n,
    };
    await billing.log.publish([outgoing(finalOf(hold)), outgoing(hold)]);
    await eventually(async () => {
      const { body } = await billing.ask('GET', `/generations/${wireId('gen', generationId)}`);
      return JSON.stringify(body).includes('"state":"settled"') ? body : null;
    });
    const shown = billingApi.accountSchema.parse(
      (await billing.ask('GET', `/accounts/${wire(account.accountId)}`)).body,
    );
    expect(shown).toMatchObject({ spentNanoUsd: 70n, heldNanoUsd: 0n, availableNanoUsd: 999_999_930n });
    const usage = billingApi.usagePageSchema.parse(
      (await billing.ask('GET', `/accounts/${wire(account.accountId)}/usage`)).body,
    );
    expect(usage).toMatchObject({ generations: [{ id: generationId, chargeNanoUsd: 70n }], nextCursor: null });
    const other = { ...lookup, accountId: wire((await billing.newAccount()).accountId) };
    expect(await billing.askInternal(internalPaths.generationLookup, other)).toMatchObject({
      status: 404,
      body: { error: { code: 'generation_not_found' } },
    });
    await eventually(async () => {
      const ends = await billing.log.endOffsets(topics.ledger.name);
      const all = await Promise.all(
        [...ends].map(([partition]) => billing.log.read(topics.ledger.name, partition, 0n, 500)),
      );
      return all.flat().find((event) => event.type === 'usage.settled') ?? null;
    });
  });

  it('lists dead letters with their reason and puts one back where it came from', async () => {
    const event = outgoing(finalOf(strangeHold()));
    await billing.log.publish([event]);
    const letter = await eventually(async () => {
      const { body } = await billing.ask('GET', '/dead-letters');
      const { deadLetters } = billingApi.deadLetterListSchema.parse(body);
      return deadLetters.find(({ eventId }) => eventId === event.id) ?? null;
    });
    expect(letter).toMatchObject({ eventType: 'usage.final', replayedAt: null, body: event.body });
    expect(letter.error).toMatch(/unknown account/);
    const path = `/dead-letters/${encodeURIComponent(letter.id)}`;
    expect(await billing.ask('GET', path)).toMatchObject({ status: 200, body: { id: letter.id } });
    const replayed = await billing.ask('POST', `${path}/replays`);
    expect(billingApi.deadLetterSchema.parse(replayed.body).replayedAt).not.toBeNull();
    await eventually(async () => {
      const { deadLetters } = billingApi.deadLetterListSchema.parse((await billing.ask('GET', '/dead-letters')).body);
      return deadLetters.filter(({ eventId }) => eventId === event.id).length === 2 ? deadLetters : null;
    });
    expect((await billing.ask('GET', '/dead-letters/nowhere')).status).toBe(404);
  });

  it.each([false, true])('audits in lines of JSON, the report last (self-test: %s)', async (selfTest) => {
    const { status, text } = await billing.text('POST', '/api/billing/v1/audits', { selfTest }, billing.token);
    expect(status).toBe(200);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => billingApi.auditLineSchema.parse(JSON.parse(line)));
    expect(lines.at(-1)).toMatchObject({ type: 'report', ok: true });
    expect(lines.slice(0, -1).every(({ type }) => type === 'progress')).toBe(true);
  });

  it('counts what has to be watched', async () => {
    const text = await billing.application.metrics();
    for (const name of [
      'apilink_settlement_delay_seconds',
      'apilink_ledger_imbalance_nano_usd',
      'apilink_outbox_pending',
      'apilink_dlq_messages_total',
      'apilink_edge_figure_differences_total',
      'apilink_holds_open',
    ]) {
      expect(text).toContain(name);
    }
  });
});
