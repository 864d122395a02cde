import type { AddressInfo } from 'node:net';

import {
  accountIdSchema,
  billingApi,
  encodeWireId as wireId,
  keyIdSchema,
  topics,
  workspaceIdSchema,
  type AccountId,
  type HoldOpened,
  type KeyId,
} from '@apilink/contracts';
import { encodeEvent, eventLogMigrations, PostgresEventLog } from '@apilink/events';
import { gateMigrations, periodCandidates, PostgresHoldStore } from '@apilink/holds';
import { migrate, type PostgresDatabase } from '@apilink/postgres';
import { createLogger, type ServiceApplication } from '@apilink/service';

import { createBillingApplication } from '../application.js';
import { DEFAULT_LIMITS, newGenerationId, scenarioCard } from './billing-scenario.factory.js';

export const OPERATOR_TOKEN = 'operator-token-of-at-least-32-characters';
export const SERVICE_TOKEN = 'service-token-of-at-least-32-characters-x';

type Role = 'billing_owner' | 'billing_app' | 'event_log_owner' | 'gate_owner';

/** What it needs of a fresh database. */
export interface ServiceDatabase {
  urlFor(role: Role): string;
  database(role: 'edge_app'): Promise<PostgresDatabase>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The whole service behind its port, with an edge's gate and log beside it. */
export class BillingService {
  readonly gate: PostgresHoldStore;
  readonly log: PostgresEventLog;
  #token = '';

  private constructor(
    readonly application: ServiceApplication,
    readonly origin: string,
    edge: PostgresDatabase,
  ) {
    this.gate = new PostgresHoldStore(edge);
    this.log = new PostgresEventLog(edge);
  }

  /** `more`: variables of a story. */
  static async create(test: ServiceDatabase, more: Readonly<Record<string, string>> = {}): Promise<BillingService> {
    await migrate({ url: test.urlFor('event_log_owner'), schema: 'event_log', migrations: eventLogMigrations });
    await migrate({ url: test.urlFor('gate_owner'), schema: 'gate', migrations: gateMigrations });
    const env = {
      DATABASE_URL: test.urlFor('billing_app'),
      DATABASE_OWNER_URL: test.urlFor('billing_owner'),
      OPERATOR_TOKEN,
      SERVICE_TOKENS: SERVICE_TOKEN,
      ...more,
    };
    const application = await createBillingApplication({
      env,
      logger: createLogger({ name: 'billing', level: 'fatal' }),
    });
    const service = new BillingService(application, await listening(application), await test.database('edge_app'));
    await application.start();
    const { body } = await service.ask('POST', '/operator-sessions', { operatorToken: OPERATOR_TOKEN }, null);
    service.#token = billingApi.operatorSessionReplySchema.parse(body).accessToken;
    return service;
  }

  get token(): string {
    return this.#token;
  }

  async close(): Promise<void> {
    await this.log.close();
    await this.gate.close();
    await this.application.drain(5_000);
    await this.application.close();
  }

  async text(method: string, path: string, body: unknown, bearer: string | null) {
    const response = await fetch(`${this.origin}${path}`, {
      method,
      headers: {
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }

  /** As a person; `bearer` null sends no token. */
  async ask(method: string, path: string, body?: unknown, bearer: string | null = this.#token): Promise<Answer> {
    return answerOf(await this.text(method, `/api/billing/v1${path}`, body, bearer));
  }

  /** As another service. */
  async askInternal(path: string, body: unknown, bearer: string | null = SERVICE_TOKEN): Promise<Answer> {
    return answerOf(await this.text('POST', path, body, bearer));
  }

  async newAccount(withFreeCredit = true) {
    const { body } = await this.ask('POST', '/accounts', { name: 'Acme', withFreeCredit });
    return billingApi.accountSchema.parse(body);
  }

  async newKey(accountId: AccountId, limits: object = {}) {
    const { body } = await this.ask('POST', `/accounts/${wire(accountId)}/keys`, { name: 'laptop', ...limits });
    return billingApi.apiKeyCreatedSchema.parse(body);
  }

  /** Takes a hold in the gate, as an edge does. */
  admit(key: { accountId: AccountId; keyId: KeyId }, amountNanoUsd = 1_000n, holdId = newGenerationId()) {
    return this.gate.admit({
      accountId: key.accountId,
      keyId: key.keyId,
      holdId,
      amountNanoUsd,
      leastNanoUsd: amountNanoUsd,
      tokens: 10,
      periods: periodCandidates('UTC', Date.now()),
      defaults: DEFAULT_LIMITS,
      expiryMs: 90_000,
    });
  }

  /** As the router does. */
  publishPrice(): Promise<void> {
    const rateCard = { ...scenarioCard, rows: scenarioCard.rows.map((row) => ({ ...row })) };
    const at = Date.now();
    const event = encodeEvent(topics.prices, {
      key: scenarioCard.priceVersion,
      id: scenarioCard.priceVersion,
      source: 'router',
      time: at,
      type: 'price.published',
      body: { rateCard, publishedAt: at },
    });
    return this.log.publish([event]);
  }
}

export function wire(accountId: string): string {
  return wireId('acc', accountId);
}

export function wireKey({ keyId }: { readonly keyId: string }): string {
  return wireId('key', keyId);
}

/** Looks until there is something to see; the suite's time limit ends it otherwise. */
export async function eventually<Value>(look: () => Promise<Value | null>): Promise<Value> {
  for (;;) {
    const value = await look();
    if (value !== null) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Of an account that billing never had. */
export function strangeHold(): HoldOpened {
  const id = newGenerationId();
  return {
    accountId: accountIdSchema.out.parse(id),
    workspaceId: workspaceIdSchema.out.parse(id),
    keyId: keyIdSchema.out.parse(id),
    generationId: id,
    modelId: scenarioCard.modelId,
    candidates: [],
    periods: { day: '2026-11-22', week: '2026-W47', month: '2026-11' },
    openedAt: Date.now(),
    epoch: 1,
    amountNanoUsd: 5n,
  };
}

async function listening({ server }: ServiceApplication): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

function answerOf({ status, text }: { status: number; text: string }): Answer {
  const body: unknown = text === '' ? null : JSON.parse(text);
  return { status, body };
}
