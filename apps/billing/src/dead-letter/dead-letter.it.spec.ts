import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { billingApi, type HoldOpened } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import type { z } from 'zod';

import { finalOf, newGenerationId, outgoing, scenarioCard } from '../scenario/billing-scenario.factory.js';
import { BillingService, eventually, wire } from '../scenario/billing-service.factory.js';

type Letter = z.output<typeof billingApi.deadLetterSchema>;

describe('a dead letter, from the event to its settlement', () => {
  let test: TestDatabase;
  let billing: BillingService;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingService.create(test);
    await billing.publishPrice();
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  async function newHold(): Promise<HoldOpened> {
    const account = await billing.newAccount();
    const key = await billing.newKey(account.accountId);
    const generationId = newGenerationId();
    const admitted = await billing.admit(key, 500n, generationId);
    if (admitted.outcome !== 'granted') throw new Error(admitted.outcome);
    return {
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
  }

  async function lettersOf(eventId: string): Promise<readonly Letter[]> {
    const letters: Letter[] = [];
    let path: string | null = '/dead-letters?limit=1';
    while (path !== null) {
      const page: z.output<typeof billingApi.deadLetterListSchema> = billingApi.deadLetterListSchema.parse(
        (await billing.ask('GET', path)).body,
      );
      letters.push(...page.deadLetters);
      path = page.nextCursor === null ? null : `/dead-letters?limit=1&cursor=${encodeURIComponent(page.nextCursor)}`;
    }
    return letters.filter((letter) => letter.eventId === eventId);
  }

  async function replay({ id }: Letter): Promise<Letter> {
    const { status, body } = await billing.ask('POST', `/dead-letters/${encodeURIComponent(id)}/replays`);
    expect(status).toBe(200);
    return billingApi.deadLetterSchema.parse(body);
  }

  async function spentOf(hold: HoldOpened): Promise<bigint> {
    const { body } = await billing.ask('GET', `/accounts/${wire(hold.accountId)}`);
    return billingApi.accountSchema.parse(body).spentNanoUsd;
  }

  it('is listed with its reason and the time of its death, beside others of its partition that settle', async () => {
    const hold = await newHold();
    const torn = { ...outgoing(finalOf(hold)), time: Date.UTC(2020, 0, 1), body: '{"generationId":"gen_' };
    const before = Date.now();
    await billing.log.publish([torn, outgoing(hold), outgoing(finalOf(hold))]);
    const [letter] = await eventually(async () => {
      const letters = await lettersOf(torn.id);
      return letters.length > 0 ? letters : null;
    });
    expect(letter).toMatchObject({ eventType: 'usage.final', body: torn.body, attempts: 1, replayedAt: null });
    expect(letter?.error).toMatch(/^invalid_json/);
    expect(letter?.deadAt).toBeGreaterThanOrEqual(before);
    expect(letter?.origin).toMatch(/^apilink\.usage\.v1\/\d+\/0$/);
    await eventually(async () => ((await spentOf(hold)) === 70n ? true : null));
  });

  it('settles once when its cause is mended, however often it is put back', async () => {
    const owner = await test.database('billing_owner');
    const hold = await newHold();
    const event = outgoing(finalOf(hold));
    await owner.query('ALTER TABLE holds ADD CONSTRAINT damaged CHECK (charge_nano_usd = 0) NOT VALID');
    await billing.log.publish([outgoing(hold), event]);
    const [letter] = await eventually(async () => {
      const letters = await lettersOf(event.id);
      return letters.length > 0 ? letters : null;
    });
    if (letter === undefined) throw new Error('no dead letter');
    expect(letter.error).toMatch(/refused by the ledger.*damaged/);
    await replay(letter);
    const again = await eventually(async () => {
      const letters = await lettersOf(event.id);
      return letters.length === 2 ? letters[1] : null;
    });
    expect(await spentOf(hold)).toBe(0n);
    await owner.query('ALTER TABLE holds DROP CONSTRAINT damaged');
    expect((await replay(letter)).replayedAt).not.toBeNull();
    await replay(letter);
    if (again !== undefined) await replay(again);
    await eventually(async () => ((await spentOf(hold)) === 70n ? true : null));
    // A marker behind the last replay in the same partition: when it has died, everything before it was handled.
    const marker = { ...outgoing(hold), body: '[]' };
    await billing.log.publish([marker]);
    await eventually(async () => ((await lettersOf(marker.id)).length === 1 ? true : null));
    expect(await spentOf(hold)).toBe(70n);
    expect(await lettersOf(event.id)).toHaveLength(2);
    expect(again?.origin.replace(/\d+$/, '')).toBe(letter.origin.replace(/\d+$/, ''));
  });
});
