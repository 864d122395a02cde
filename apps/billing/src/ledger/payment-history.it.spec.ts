import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accountIdSchema, type AccountId } from '@apilink/contracts';
import { createTestDatabase, proofSeed, type TestDatabase } from '@apilink/testing';
import * as fc from 'fast-check';
import { z } from 'zod';

import { illegalState } from '../illegal-state.domain.js';
import { auditDifferences, payment, topUp, topUpInFen } from '../lot/lot-scenario.factory.js';
import { BillingScenario, finalOf, type Customer } from '../scenario/billing-scenario.factory.js';

const USD = 1_000_000_000n;

type Step =
  | { readonly kind: 'grant' | 'use' | 'refund'; readonly cents: number }
  | { readonly kind: 'topup'; readonly cents: number; readonly inRmb: boolean }
  | { readonly kind: 'chargeback'; readonly pick: number }
  | { readonly kind: 'write_off' };

const cents = fc.integer({ min: 1, max: 900 });
const histories = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('grant' as const, 'use' as const, 'use' as const, 'refund' as const), cents }),
    fc.record({ kind: fc.constant('topup' as const), cents, inRmb: fc.boolean() }),
    fc.record({ kind: fc.constant('chargeback' as const), pick: fc.nat() }),
    fc.constant({ kind: 'write_off' as const }),
  ),
  { minLength: 6, maxLength: 14 },
);

interface ToldEvent {
  readonly event_id: string;
  readonly type: string;
  readonly occurred_at_ms: string;
  readonly body: string;
}

function givenBack() {
  return Promise.resolve({ state: 'done' as const, reference: 'rf' });
}

/** The outcome of a step, or the code of its refusal: no step may fail otherwise. */
async function done(step: Promise<unknown>): Promise<string> {
  const codes = ['invalid_parameter', 'wrong_state'];
  return step.then(
    () => 'done',
    (error: unknown) => {
      const code = z.object({ code: z.string() }).safeParse(error).data?.code ?? String(error);
      if (!codes.includes(code) && !code.includes('not granted')) throw error;
      return code;
    },
  );
}

describe('payments in the books', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  let requests = 0;

  beforeAll(async () => {
    test = await createTestDatabase();
    billing = await BillingScenario.create(
      test,
      { now: Date.now, holdExpiryMs: 90_000 },
      { refundChannels: { find: () => ({ refund: givenBack }) } },
    );
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  async function use(customer: Customer, amount: bigint): Promise<void> {
    const hold = await billing.admit(customer, amount);
    await billing.settle([hold, finalOf(hold, { outcome: 'client_disconnect', chargeNanoUsd: amount })]);
  }

  async function chargeBack(accountId: AccountId, pick: number): Promise<void> {
    const { chargebacks, lotLists, accounts } = billing.services;
    const paid = (await lotLists.list(accountId)).filter(({ kind }) => kind === 'paid');
    const lot = paid[pick % Math.max(paid.length, 1)];
    if (lot === undefined) return;
    const minorUnits = lot.paidMinorUnits - lot.refundedMinorUnits;
    requests += 1;
    const facts = { accountId, lotId: lot.lotId, minorUnits, reason: 'stolen card', actor: 'test' };
    await chargebacks.open({ ...facts, requestKey: `chargeback-${requests}` });
    await accounts.update(accountId, { status: 'active' }, 'test');
  }

  async function take(customer: Customer, step: Step): Promise<string> {
    const { credits, refunds, gapWriteOffs } = billing.services;
    const { accountId } = customer;
    requests += 1;
    const asks = { accountId, reason: 'history', requestKey: `history-${requests}`, actor: 'test' };
    switch (step.kind) {
      case 'grant':
        return done(credits.grant({ ...asks, amountNanoUsd: BigInt(step.cents) * 9_999_999n }));
      case 'use':
        return done(use(customer, BigInt(step.cents) * 10_000_001n));
      case 'refund':
        return done(refunds.create({ ...asks, amountNanoUsd: BigInt(step.cents) * 10_000_000n, lotId: null }));
      case 'topup':
        return done(
          step.inRmb
            ? topUpInFen(billing, accountId, BigInt(step.cents))
            : topUp(billing, payment(accountId, { paidMinorUnits: BigInt(step.cents) })),
        );
      case 'chargeback':
        return done(chargeBack(accountId, step.pick));
      case 'write_off':
        return done(gapWriteOffs.writeOff(asks));
    }
    return illegalState(step);
  }

  async function told(accountId: AccountId): Promise<ToldEvent[]> {
    const rows = await billing.database.query<ToldEvent>(
      'DELETE FROM outbox WHERE key = $1 RETURNING event_id, type, occurred_at_ms, body',
      [z.encode(accountIdSchema, accountId)],
    );
    return rows.toSorted((left, right) => (left.event_id < right.event_id ? -1 : 1));
  }

  it('hold through any history: the audit finds nothing, and the ledger told again is the same', async () => {
    const taken = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const customer = await billing.customer(0n);
        for (const step of history) {
          const name = `${step.kind} ${await take(customer, step)}`;
          taken.set(name, (taken.get(name) ?? 0) + 1);
        }
        expect(await auditDifferences(billing)).toEqual([]);
        const first = await told(customer.accountId);
        const request = { accountId: customer.accountId, from: 0, actor: 'test' };
        await billing.services.republications.republish(request, () => undefined);
        expect(await told(customer.accountId)).toEqual(first);
      }),
      { numRuns: 20, seed: proofSeed },
    );
    expect([...taken.keys()].filter((name) => name.endsWith('done')).length).toBeGreaterThan(3);
  }, 240_000);

  it('tell top-up, draw, refund, chargeback and write-off again with the same ids', async () => {
    const customer = await billing.customer(0n);
    const { accountId } = customer;
    await topUpInFen(billing, accountId, 5_000n);
    const { lotId } = await topUp(billing, payment(accountId));
    await use(customer, 9n * USD);
    const asks = { accountId, reason: 'unused', requestKey: 'story-refund', actor: 'test' };
    await billing.services.refunds.create({ ...asks, amountNanoUsd: USD, lotId });
    await billing.services.chargebacks.open({ ...asks, lotId, minorUnits: 900n, requestKey: 'story-chargeback' });
    await billing.services.gapWriteOffs.writeOff({ ...asks, requestKey: 'story-write-off' });
    const first = await told(accountId);
    expect(new Set(first.map(({ type }) => type))).toEqual(
      new Set([
        'account.changed',
        'topup.paid',
        'usage.settled',
        'topup.refunded',
        'chargeback.opened',
        'chargeback.written_off',
      ]),
    );
    await billing.services.republications.republish({ accountId, from: 0, actor: 'test' }, () => undefined);
    expect(await told(accountId)).toEqual(first);
  });
});
