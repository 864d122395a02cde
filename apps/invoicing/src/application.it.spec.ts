import { createServer, type Server } from 'node:http';

import {
  accountIdSchema,
  lotIdSchema,
  topics,
  type LotId,
  type TopupPaid,
  type TopupRefunded,
  type UsageSettled,
} from '@apilink/contracts';
import { encodeEvent, eventLogMigrations, PostgresEventLog, type OutgoingEvent } from '@apilink/events';
import { migrate, type PostgresDatabase } from '@apilink/postgres';
import {
  AccessTokenSigner,
  createLogger,
  createSigningKey,
  listen,
  type AccessClaims,
  type ServiceApplication,
} from '@apilink/service';
import { createTestDatabase, TEST_TIME, testId, testUuid, type TestDatabase } from '@apilink/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { createInvoicingApplication } from './application.js';

const MAINLAND = 'shanghai-co';
const lotId = (number: number): LotId => lotIdSchema.out.parse(testUuid(number));
const wire = (account: number): string => z.encode(accountIdSchema, testId.account(account));

/** Billing's ledger of one account, as it tells it. */
class Teller {
  readonly events: OutgoingEvent[] = [];
  #version = 0;

  constructor(private readonly account: number) {}

  paid(lot: number, changes: Partial<TopupPaid> = {}): this {
    const body: TopupPaid = {
      ...this.#posting(),
      lotId: lotId(lot),
      channel: 'alipay',
      reference: `R-${lot}`,
      currency: 'CNY',
      paidMinorUnits: 10_000n,
      creditNanoUsd: 3_000n,
      fxQuote: null,
      receivingEntity: MAINLAND,
      payer: null,
      ...changes,
    };
    this.events.push(encodeEvent(topics.ledger, { ...this.#envelope(), type: 'topup.paid', body }));
    return this;
  }

  drawn(lot: number, drawnNanoUsd: bigint): this {
    const body: UsageSettled = {
      ...this.#posting(),
      generationId: testId.generation(1),
      workspaceId: testId.workspace(1),
      keyId: testId.key(1),
      modelId: 'demo/echo',
      outcome: 'completed',
      chargeNanoUsd: 1n,
      promoNanoUsd: 0n,
      paidNanoUsd: 1n,
      writtenOffNanoUsd: 0n,
      late: false,
      draws: [{ lotId: lotId(lot), drawnNanoUsd }],
    };
    this.events.push(encodeEvent(topics.ledger, { ...this.#envelope(), type: 'usage.settled', body }));
    return this;
  }

  refunded(lot: number, refundedMinorUnits: bigint): this {
    const body: TopupRefunded = {
      ...this.#posting(),
      lotId: lotId(lot),
      refundId: 'r',
      currency: 'CNY',
      refundedMinorUnits,
      debitNanoUsd: 1n,
    };
    this.events.push(encodeEvent(topics.ledger, { ...this.#envelope(), type: 'topup.refunded', body }));
    return this;
  }

  #posting() {
    this.#version++;
    return {
      accountId: testId.account(this.account),
      transferId: testUuid(this.#version),
      postedNanoUsd: 0n,
      version: this.#version,
      postedAt: TEST_TIME + this.#version,
    };
  }

  #envelope() {
    const id = `evt ${this.account} ${this.#version}`;
    return { key: wire(this.account), id, source: 'billing', time: TEST_TIME + this.#version };
  }
}

const story = (): OutgoingEvent[] => [
  ...new Teller(1).paid(1).drawn(1, 1n).drawn(1, 1_000n).drawn(1, 2_000n).refunded(1, 3_333n).drawn(1, 2_000n).events,
  ...new Teller(2).paid(2, { currency: 'USD' }).drawn(2, 3_000n).events,
  ...new Teller(3).paid(3, { receivingEntity: 'apilink-nz' }).drawn(3, 1n).paid(4).drawn(4, 3_000n).events,
];

describe('invoicing', () => {
  const logger = createLogger({ name: 'invoicing', level: 'silent' });
  let test: TestDatabase;
  let log: PostgresEventLog;
  let owner: PostgresDatabase;
  let signer: AccessTokenSigner;
  let jwks: Server;
  let billingUrl: string;
  let application: ServiceApplication;
  let base: string;

  beforeAll(async () => {
    signer = new AccessTokenSigner([await createSigningKey()]);
    jwks = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(signer.jwks()));
    });
    const { port } = await listen(jwks, { host: '127.0.0.1', port: 0 }, 'PORT');
    billingUrl = `http://127.0.0.1:${port}`;
  });

  beforeEach(async () => {
    test = await createTestDatabase();
    await migrate({ url: test.urlFor('event_log_owner'), schema: 'event_log', migrations: eventLogMigrations });
    log = new PostgresEventLog(await test.database('billing_app'), { logger });
    owner = await test.database('invoicing_owner');
    await start();
  });

  afterEach(async () => {
    await stop();
    await log.close();
    await test.drop();
  });

  afterAll(async () => {
    jwks.closeAllConnections();
    await new Promise((resolve) => jwks.close(resolve));
  });

  async function start(): Promise<void> {
    application = await createInvoicingApplication({
      env: {
        DATABASE_URL: test.urlFor('invoicing_app'),
        DATABASE_OWNER_URL: test.urlFor('invoicing_owner'),
        BILLING_URL: billingUrl,
        ISSUER_ENTITY: MAINLAND,
      },
      logger,
    });
    const { port } = await listen(application.server, { host: '127.0.0.1', port: 0 }, 'PORT');
    base = `http://127.0.0.1:${port}`;
    await application.start();
  }

  async function stop(): Promise<void> {
    await application.drain(5_000);
    await application.close();
  }

  async function ask(account: number, claims: Partial<AccessClaims> = {}): Promise<{ status: number; body: unknown }> {
    const actor: AccessClaims = { subject: 'somebody', accountId: null, roles: ['operator'], ...claims };
    const { accessToken } = await signer.sign(actor);
    const response = await fetch(`${base}/api/invoicing/v1/accounts/${wire(account)}/invoiceable`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    return { status: response.status, body: await response.json() };
  }

  /** Asks until nothing of the account's partition is behind. */
  async function settled(account: number): Promise<unknown> {
    for (;;) {
      const { body } = await ask(account);
      if (z.object({ data: z.object({ eventsBehind: z.literal(0) }) }).safeParse(body).success) return body;
    }
  }

  /** Every row of both tables, in an order of their own. */
  async function dump(): Promise<string> {
    const rows = await owner.query<{ row: string }>(
      `SELECT row FROM (
         SELECT 'lot ' || to_jsonb(l)::text AS row FROM lots l
         UNION ALL SELECT 'entry ' || to_jsonb(e)::text FROM invoiceable_entries e
       ) all_rows ORDER BY row`,
    );
    return rows.map(({ row }) => row).join('\n');
  }

  async function rereadFromZero(): Promise<void> {
    await stop();
    const groups = await test.database('event_log_owner');
    await groups.query("DELETE FROM group_offsets WHERE group_name = 'invoicing'");
    await start();
  }

  const deadLetters = async (): Promise<readonly string[]> => {
    const letters = `${topics.ledger.name}.dlq`;
    const ends = await log.endOffsets(letters);
    const read = await Promise.all([...ends.keys()].map((partition) => log.read(letters, partition, 0n, 100)));
    return read.flat().map(({ id, headers }) => `${id}: ${headers?.['dlq_error'] ?? ''}`);
  };

  it('tells 可开票金额 with the formula it is the result of', async () => {
    await log.publish(story());
    expect(await settled(1)).toMatchObject({
      accountId: wire(1),
      currency: 'CNY',
      issuer: MAINLAND,
      invoiceableFen: '6667',
      terms: { consumedFen: '6667', refundFen: '0', holdFen: '0', invoicedFen: '0', redFen: '0' },
      receipts: { paidFen: '10000', refundedFen: '-3333' },
      lots: [{ drawnNanoUsd: '2000', paidMinorUnits: '10000', refundedMinorUnits: '3333', consumedFen: '6667' }],
      data: { from: new Date(TEST_TIME + 1).toISOString(), to: new Date(TEST_TIME + 6).toISOString() },
    });
    expect(await settled(2)).toMatchObject({
      invoiceableFen: '0',
      lots: [{ isInvoiceable: false, drawnNanoUsd: null }],
    });
    expect(await settled(3)).toMatchObject({ invoiceableFen: '10000', receipts: { paidFen: '10000' } });
    expect(await settled(9)).toMatchObject({ invoiceableFen: '0', lots: [], data: { from: null, to: null } });
    expect(await application.metrics()).toContain(
      'apilink_invoiceable_entries_total{kind="PAID",service="invoicing"} 4',
    );
    expect(await application.metrics()).toContain(
      'apilink_kafka_consumer_lag{topic="apilink.ledger.v1",group="invoicing",service="invoicing"} 0',
    );
  });

  it('adds up to one rounding per lot although every request was rounded', async () => {
    const calls = 3_000n;
    const teller = new Teller(1).paid(1, { creditNanoUsd: 7_777_777n });
    for (let call = 1n; call <= calls; call++) teller.drawn(1, (7_777_777n * call) / calls);
    await log.publish(teller.events);
    expect(await settled(1)).toMatchObject({ invoiceableFen: '10000' });
  });

  it('changes nothing when everything is read again from the first offset, or told again in any mixture', async () => {
    await log.publish(story());
    for (const account of [1, 2, 3]) await settled(account);
    const before = await dump();
    await rereadFromZero();
    await log.publish(story().toReversed());
    for (const account of [1, 2, 3]) await settled(account);
    expect(await dump()).toBe(before);
    expect(await deadLetters()).toEqual([]);
  });

  it('is rebuilt to the same rows from the same events once its owner has emptied it', async () => {
    await log.publish(story());
    for (const account of [1, 2, 3]) await settled(account);
    const before = await dump();
    expect(before.split('\n')).toHaveLength(4 + 10);
    await owner.query('TRUNCATE lots, invoiceable_entries');
    await log.publish(story());
    for (const account of [1, 2, 3]) await settled(account);
    expect(await dump()).toBe(before);
  });

  it('keeps poison in the dead letters and counts what stands around it', async () => {
    const [paid, drawn, ...rest] = new Teller(1).paid(1).drawn(1, 9_999n).drawn(1, 3_000n).events;
    if (!paid || !drawn) throw new Error('no events');
    await log.publish([
      paid,
      drawn,
      { ...drawn, id: 'evt broken', body: '{' },
      { ...drawn, id: 'evt none', body: null },
    ]);
    await log.publish(rest);
    expect(await settled(1)).toMatchObject({ invoiceableFen: '10000' });
    expect((await deadLetters()).map((letter) => letter.slice(0, 24)).toSorted()).toEqual([
      'evt 1 2: overdrawn: more',
      'evt broken: invalid_json',
      'evt none: invalid_body: ',
    ]);
  });

  it('lets two members share the group, and each event count once', async () => {
    const first = application;
    await start();
    const second = application;
    await log.publish([...story(), ...story()]);
    for (const account of [1, 2, 3]) await settled(account);
    application = first;
    await stop();
    application = second;
    await log.publish(story());
    for (const account of [1, 2, 3]) await settled(account);
    expect((await dump()).split('\n')).toHaveLength(4 + 10);
    expect(await deadLetters()).toEqual([]);
  });

  it('shows people their own account alone, and nobody without a role', async () => {
    const own = { accountId: testId.account(1) };
    expect(await ask(1, { ...own, roles: ['finance'] })).toMatchObject({ status: 200 });
    expect(await ask(2, { ...own, roles: ['owner'] })).toMatchObject({ status: 404 });
    expect(await ask(1, { ...own, roles: ['developer'] })).toMatchObject({ status: 403 });
    const url = `${base}/api/invoicing/v1/accounts/${wire(1)}/invoiceable`;
    expect((await fetch(url)).status).toBe(401);
  });

  it('refuses every change of what it has written, to the service and to its owner', async () => {
    await log.publish(story());
    await settled(1);
    const service = await test.database('invoicing_app');
    for (const table of ['lots', 'invoiceable_entries']) {
      for (const statement of [`UPDATE ${table} SET account_id = account_id`, `DELETE FROM ${table}`]) {
        await expect(service.query(statement)).rejects.toThrow('permission denied');
        await expect(owner.query(statement)).rejects.toThrow('append-only');
      }
      await expect(service.query(`TRUNCATE ${table} CASCADE`)).rejects.toThrow('permission denied');
    }
  });

  it('is ready while its database answers, and says which one does not', async () => {
    expect(await application.readiness()).toBeNull();
    await stop();
    expect(await application.readiness()).toContain('draining');
    await start();
  });

  it('names the variable of a database that does not answer', async () => {
    const env = { DATABASE_URL: 'postgres://invoicing_app:x@127.0.0.1:1/apilink', BILLING_URL: billingUrl };
    await expect(createInvoicingApplication({ env, logger })).rejects.toThrow(/^DATABASE_URL .*127\.0\.0\.1:1/);
  });
});
