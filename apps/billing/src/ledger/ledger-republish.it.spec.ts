import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accountIdSchema, type AccountId } from '@apilink/contracts';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { z } from 'zod';

import { BillingScenario, finalOf, type Customer } from '../scenario/billing-scenario.factory.js';
import type { RepublishLine } from './ledger-republish.service.js';

interface TakenEvent {
  readonly event_id: string;
  readonly type: string;
  readonly key: string;
  readonly occurred_at_ms: string;
  readonly body: string;
}

const EVERYTHING = 0;

describe('the ledger told again', () => {
  let test: TestDatabase;
  let billing: BillingScenario;

  beforeAll(async () => {
    test = await createTestDatabase();
    // Holds expire as soon as they are admitted, for a late one among the rest.
    billing = await BillingScenario.create(test, { now: Date.now, holdExpiryMs: 1 });
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  /** What the outbox holds of an account, taken out as the relay does. */
  async function taken({ accountId }: { accountId: AccountId }): Promise<TakenEvent[]> {
    const rows = await billing.database.query<TakenEvent & { outbox_id: string }>(
      `DELETE FROM outbox WHERE key = $1 RETURNING outbox_id::int, event_id, type, key, occurred_at_ms, body`,
      [z.encode(accountIdSchema, accountId)],
    );
    return rows
      .toSorted((left, right) => Number(left.outbox_id) - Number(right.outbox_id))
      .map(({ outbox_id: _place, ...event }) => event);
  }

  /** A grant, usage from promo with a shortfall, free usage, a change, and a late settlement that finds too little. */
  async function live(): Promise<Customer> {
    const customer = await billing.customer(200n);
    const holds = [await billing.admit(customer, 100n), await billing.admit(customer, 50n)];
    const [first, short] = holds;
    if (first === undefined || short === undefined) throw new Error('there are no holds');
    await billing.settle([first, finalOf(first), short, finalOf(short)]);
    const free = await billing.admit(customer, 10n);
    await billing.settle([free, finalOf(free, { outcome: 'rejected', chargeNanoUsd: 0n })]);
    await billing.services.accounts.update(customer.accountId, { name: 'Acme Ltd' }, 'test');
    const late = await billing.admit(customer, 70n);
    await billing.settle([late]);
    await billing.database.query('SELECT pg_sleep(0.005)');
    while ((await billing.services.receipts.find(late.generationId)).state !== 'expired') {
      await billing.services.reaper.reap();
    }
    const running = await billing.admit(customer, 40n);
    await billing.settle([finalOf(late)]);
    await billing.services.lateSettlements.settlePending();
    await billing.settle([running, finalOf(running, { outcome: 'client_disconnect', chargeNanoUsd: 40n })]);
    return customer;
  }

  async function republish(accountId: AccountId, from: number): Promise<RepublishLine[]> {
    const lines: RepublishLine[] = [];
    const request = { accountId, from, actor: 'test' };
    await billing.services.republications.begin(request);
    await billing.services.republications.republish(request, (line) => lines.push(line));
    return lines;
  }

  it('is the same events with the same ids, its postings by version', async () => {
    const customer = await live();
    const first = await taken(customer);
    const lines = await republish(customer.accountId, EVERYTHING);
    const again = await taken(customer);
    expect(again.toSorted(byId)).toEqual(first.toSorted(byId));
    expect(first.map(({ type }) => type).toSorted()).toEqual([
      'account.changed',
      'account.changed',
      'credit.granted',
      'usage.settled',
      'usage.settled',
      'usage.settled',
      'usage.settled',
    ]);
    const versions = again.map(
      ({ body }) => z.object({ version: z.number().optional() }).parse(JSON.parse(body)).version,
    );
    const told = versions.filter((version) => version !== undefined);
    expect(told).toEqual(told.toSorted((left, right) => left - right));
    expect(lines.at(-1)).toEqual({ type: 'report', published: first.length });
  });

  it('begins where it is asked to, and tells nothing of another account', async () => {
    const [customer, other] = [await live(), await live()];
    await taken(customer);
    await taken(other);
    const [row] = await billing.database.query<{ at: Date }>(
      'SELECT max(posted_at) AS at FROM ledger_transfers t JOIN holds h USING (transfer_id) WHERE h.account_id = $1',
      [customer.accountId],
    );
    expect((await republish(customer.accountId, row?.at.getTime() ?? 0)).at(-1)).toEqual({
      type: 'report',
      published: 1,
    });
    expect(await taken(other)).toEqual([]);
  });

  it('refuses an account that there is not', async () => {
    const unknown = accountIdSchema.out.parse('00000000-0000-7000-8000-00000000000a');
    await expect(republish(unknown, EVERYTHING)).rejects.toMatchObject({ code: 'not_found' });
  });
});

function byId(left: TakenEvent, right: TakenEvent): number {
  return left.event_id < right.event_id ? -1 : 1;
}
