import {
  accountIdSchema,
  generationIdSchema,
  topics,
  type AccountId,
  type GenerationId,
  type HoldOpened,
  type KeyId,
  type UsageFinal,
  type WorkspaceId,
} from '@apilink/contracts';
import { encodeEvent, eventLogMigrations, MemoryEventLog, type LoggedEvent, type OutgoingEvent } from '@apilink/events';
import {
  gateMigrations,
  periodCandidates,
  PostgresHoldStore,
  type GateEpochs,
  type OpenedHoldStore,
} from '@apilink/holds';
import { migrate, type PostgresDatabase } from '@apilink/postgres';
import { emptyUsage, priceVersionOf, type RateCard } from '@apilink/pricing';
import { AccessTokenSigner, createSigningKey, Metrics, noFailpoints, type Failpoints } from '@apilink/service';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

import type { RefundChannels } from '../refund/refund-progress.service.js';
import { createBillingServices, type BillingServices } from '../billing-services.factory.js';
import type { PaymentSettings } from '../payment/payment-services.factory.js';
import { billingMigrations } from '../migrations/billing-migrations.js';
import type { WebhookSender } from '../webhook/webhook.client.js';

/** What a scenario needs of a fresh database. */
export interface ScenarioDatabase {
  urlFor(role: 'billing_owner' | 'event_log_owner' | 'gate_owner'): string;
  database(role: 'billing_app'): Promise<PostgresDatabase>;
}

export interface Customer {
  readonly accountId: AccountId;
  readonly workspaceId: WorkspaceId;
  readonly keyId: KeyId;
}

const unpublished = {
  modelId: 'acme/echo-1',
  endpointId: 'alpha/acme/echo-1',
  currency: 'USD' as const,
  rows: [
    {
      minInputTokens: 0,
      serviceTier: null,
      utcWindow: null,
      startsAt: null,
      sell: { input: 1_000_000n, output: 3_000_000n },
      cost: { input: 500_000n, output: 1_000_000n },
    },
  ],
};
/** 1 nano-USD a token in, 3 out. */
export const scenarioCard: RateCard = { ...unpublished, priceVersion: priceVersionOf(unpublished) };
const pinned = { endpointId: scenarioCard.endpointId, priceVersion: scenarioCard.priceVersion };

export const DEFAULT_LIMITS = { requestsPerMinute: 60_000, tokensPerMinute: 100_000_000, concurrency: 512 };

const nobodyListens: WebhookSender = {
  send: () => Promise.resolve({ kind: 'failed', error: 'the connection failed', durationMs: 0 }),
};

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

type ScenarioParts = Pick<BillingScenario, 'log' | 'database' | 'gate' | 'services' | 'metrics' | 'clock'>;

/** Billing on a real database and the embedded gate, its log in memory: the stories of its specs are told with it. */
export class BillingScenario {
  #offset = 0n;

  readonly log: MemoryEventLog;
  readonly database: PostgresDatabase;
  readonly gate: OpenedHoldStore;
  readonly services: BillingServices;
  readonly metrics: Metrics;
  readonly clock: ScenarioClock;

  private constructor(parts: ScenarioParts) {
    this.log = parts.log;
    this.database = parts.database;
    this.gate = parts.gate;
    this.services = parts.services;
    this.metrics = parts.metrics;
    this.clock = parts.clock;
  }

  static async create(
    test: ScenarioDatabase,
    clock: ScenarioClock,
    stage: ScenarioStage = {},
  ): Promise<BillingScenario> {
    await migrate({ url: test.urlFor('event_log_owner'), schema: 'event_log', migrations: eventLogMigrations });
    await migrate({ url: test.urlFor('gate_owner'), schema: 'gate', migrations: gateMigrations });
    await migrate({ url: test.urlFor('billing_owner'), schema: 'billing', migrations: billingMigrations });
    return BillingScenario.open(await test.database('billing_app'), clock, stage);
  }

  /** A further billing on the same database. */
  static async open(
    database: PostgresDatabase,
    clock: ScenarioClock,
    stage: ScenarioStage = {},
  ): Promise<BillingScenario> {
    const gate = stage.gate ?? new PostgresHoldStore(database);
    const metrics = new Metrics('billing');
    const log = new MemoryEventLog();
    // Where something is waited for, the gate writer has its turn: nothing waits for time to pass.
    const wait = async (): Promise<void> => {
      await services.gateDelivery.deliver(database);
    };
    const services: BillingServices = createBillingServices({
      database,
      log,
      gate,
      gateEpochs: stage.gateEpochs ?? gate.epochs,
      failpoints: stage.failpoints ?? noFailpoints,
      logger: silent,
      metrics,
      signer: new AccessTokenSigner([await createSigningKey()]),
      operatorToken: 'o'.repeat(32),
      namedOperators: [],
      payments: { ...scenarioPayments, ...stage.payments },
      secretsKeys: [Buffer.alloc(32, 7)],
      webhookSender: stage.webhookSender ?? nobodyListens,
      webhookPrivateAddresses: 'refuse',
      random: () => 0,
      refundChannels: stage.refundChannels,
      holdExpiryMs: clock.holdExpiryMs,
      now: clock.now,
      wait,
    });
    const scenario = new BillingScenario({ log, database, gate, services, metrics, clock });
    await services.prices.record([{ rateCard: cardForRecord(), publishedAt: clock.now() }]);
    return scenario;
  }

  /** An account with a key and so much promo credit. */
  async customer(creditNanoUsd: bigint): Promise<Customer> {
    const request = { name: 'Acme', timeZone: 'UTC', withFreeCredit: false };
    const { account } = await this.services.accounts.create(request, 'test');
    const { accountId } = account;
    if (creditNanoUsd > 0n) {
      const grant = { accountId, amountNanoUsd: creditNanoUsd, reason: 'test', requestKey: uuidv7(), actor: 'test' };
      await this.services.credits.grant(grant);
    }
    const { key } = await this.services.apiKeys.create({ accountId, name: 'first', limits: {} }, 'test');
    return { accountId, workspaceId: account.defaultWorkspaceId, keyId: key.keyId };
  }

  /** Takes a hold in the gate, as an edge does, and tells what it would publish. */
  async admit(customer: Customer, amountNanoUsd: bigint, generationId = newGenerationId()): Promise<HoldOpened> {
    const reply = await this.gate.admit({
      accountId: customer.accountId,
      keyId: customer.keyId,
      holdId: generationId,
      amountNanoUsd,
      leastNanoUsd: amountNanoUsd,
      tokens: 10,
      periods: periodCandidates('UTC', this.clock.now()),
      defaults: DEFAULT_LIMITS,
      expiryMs: this.clock.holdExpiryMs,
    });
    if (reply.outcome !== 'granted') throw new Error(`the hold was not granted: ${JSON.stringify(reply.outcome)}`);
    return {
      ...customer,
      generationId,
      modelId: scenarioCard.modelId,
      candidates: [pinned],
      periods: reply.periods,
      openedAt: reply.admittedAt,
      epoch: reply.epoch,
      amountNanoUsd: reply.grantedNanoUsd,
    };
  }

  /** As events of one partition, in this order. */
  async settle(bodies: readonly (HoldOpened | UsageFinal)[]) {
    return this.services.settlements.settle(bodies.map((body) => this.logged(body)));
  }

  /** The gate writer tells all that waits. */
  async tellGate(): Promise<void> {
    while (await this.services.gateDelivery.deliver(this.database));
  }

  logged(body: HoldOpened | UsageFinal): LoggedEvent {
    return { ...outgoing(body), partition: 0, offset: this.#offset++ };
  }

  /** What the audit finds; nothing, if all is well. */
  async auditDifferences(): Promise<readonly unknown[]> {
    const found: unknown[] = [];
    await this.services.audits.run('audit', (line) => {
      if (line.type === 'report') found.push(...line.differences);
    });
    return found;
  }

  async close(): Promise<void> {
    await this.gate.close();
    await this.log.close();
  }
}

/** Epochs of a gate that stands in one and is never lost. */
export function standingEpochs(epoch: number): GateEpochs {
  const standing = { runId: 'test', epoch, epochRunId: 'test', now: 0, quietUntil: 0 };
  return {
    standing: () => Promise.resolve(standing),
    beginEpoch: () => Promise.resolve('older'),
    endComparison: () => Promise.resolve(),
  };
}

/** What a scenario has other than the embedded gate. */
export interface ScenarioStage {
  /** One that is apart from the ledger; the scenario closes it. */
  readonly gate?: OpenedHoldStore;
  /** Has the gate count as one that is apart and can be lost. */
  readonly gateEpochs?: GateEpochs;
  readonly failpoints?: Failpoints;
  /** Takes what webhooks are sent; default: nothing answers. */
  readonly webhookSender?: WebhookSender;
  readonly payments?: Partial<PaymentSettings>;
  readonly refundChannels?: RefundChannels;
}

/** The sandbox is enabled, and there is free credit for fifty. */
export const scenarioPayments: PaymentSettings = {
  sandboxSecret: 's'.repeat(32),
  checkoutUrl: 'http://127.0.0.1:8792',
  bankTransferEntity: 'bank-transfer',
  identityKey: 'k'.repeat(32),
  freeCreditDailyNanoUsd: 50_000_000_000n,
};

export interface ScenarioClock {
  readonly now: () => number;
  readonly holdExpiryMs: number;
}

export function newGenerationId(): GenerationId {
  return generationIdSchema.out.parse(uuidv7());
}

/** A final of a hold: 10 tokens in and 20 out, 70 nano-USD, unless a story says otherwise. */
export function finalOf(hold: HoldOpened, change: Partial<UsageFinal> = {}): UsageFinal {
  const { amountNanoUsd, ...facts } = hold;
  return {
    ...facts,
    outcome: 'completed',
    reason: null,
    highestHoldNanoUsd: amountNanoUsd,
    finalHoldNanoUsd: amountNanoUsd,
    chargeNanoUsd: 70n,
    usage: { ...emptyUsage, input: 10, output: 20 },
    usageSource: 'upstream',
    answeredBy: pinned,
    serviceTier: null,
    attempts: [attempt(hold)],
    endedAt: hold.openedAt + 1_000,
    dialect: 'chat',
    stream: true,
    status: 200,
    finishReason: 'stop',
    app: null,
    session: null,
    endUser: null,
    tags: [],
    ...change,
  };
}

export function outgoing(body: HoldOpened | UsageFinal): OutgoingEvent {
  const envelope = {
    key: z.encode(accountIdSchema, body.accountId),
    id: uuidv7(),
    source: 'edge-proxy',
    time: body.openedAt,
  };
  return 'outcome' in body
    ? encodeEvent(topics.usage, { ...envelope, type: 'usage.final', body })
    : encodeEvent(topics.usage, { ...envelope, type: 'hold.opened', body });
}

function attempt(hold: HoldOpened): UsageFinal['attempts'][number] {
  return {
    endpointId: pinned.endpointId,
    provider: 'alpha',
    credential: 'main',
    startedAt: hold.openedAt,
    firstTokenMs: 120,
    durationMs: 900,
    class: 'ok',
    status: 200,
    usage: null,
    costNanoUsd: 25n,
    hedge: false,
  };
}

function cardForRecord() {
  return { ...scenarioCard, rows: scenarioCard.rows.map((row) => ({ ...row })) };
}
