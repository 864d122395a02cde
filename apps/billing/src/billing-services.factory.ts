import { writeOutbox, type EventLog } from '@apilink/events';
import { PostgresGateWriter, type GateAdministration, type GateEpochs } from '@apilink/holds';
import type { Database } from '@apilink/postgres';
import type { AccessTokenSigner, Failpoints, Logger, Metrics } from '@apilink/service';

import { AccountRepository } from './account/account.repository.js';
import { AccountService } from './account/account.service.js';
import { ApiKeyRepository } from './api-key/api-key.repository.js';
import { ApiKeyService } from './api-key/api-key.service.js';
import { KeyLookupService } from './api-key/key-lookup.service.js';
import { KeySpendRepository } from './api-key/key-spend.repository.js';
import { ManagedKeyService } from './api-key/managed-key.service.js';
import { AuditSelfTestService } from './audit/audit-self-test.service.js';
import { AuditService } from './audit/audit.service.js';
import { GateComparisonService } from './audit/gate-comparison.service.js';
import { TableAuditService } from './audit/table-audit.service.js';
import { RemittanceCodeRepository } from './bank-transfer/remittance-code.repository.js';
import { CreditService } from './credit/credit.service.js';
import { DeadLetterRepository } from './dead-letter/dead-letter.repository.js';
import { DeadLetterService } from './dead-letter/dead-letter.service.js';
import { PoisonMetrics } from './dead-letter/poison-metrics.service.js';
import { FxQuoteRepository } from './fx/fx-quote.repository.js';
import { FxQuoteService } from './fx/fx-quote.service.js';
import { DifferenceRepository } from './difference/difference.repository.js';
import { DifferenceService } from './difference/difference.service.js';
import { AccountSnapshotRepository } from './gate/account-snapshot.repository.js';
import { FreeCreditRepository } from './free-credit/free-credit.repository.js';
import { FreeCreditService } from './free-credit/free-credit.service.js';
import { ConsumptionFence } from './gate/consumption-fence.service.js';
import { GateDeliveryService } from './gate/gate-delivery.service.js';
import { GateEpochWatchService } from './gate/gate-epoch-watch.service.js';
import { GateEpochRepository } from './gate/gate-epoch.repository.js';
import { GateLoadService } from './gate/gate-load.service.js';
import { GateOutboxRepository } from './gate/gate-outbox.repository.js';
import { GateRecoveryService } from './gate/gate-recovery.service.js';
import { GateRepairService } from './gate/gate-repair.service.js';
import { EmbeddedGateTeller, OutboxGateTeller } from './gate/gate-teller.service.js';
import { HoldRepository } from './hold/hold.repository.js';
import { ReaperService } from './hold/reaper.service.js';
import { OperatorSessionService, type NamedOperator } from './identity/operator-session.service.js';
import { LedgerHistoryRepository } from './ledger/ledger-history.repository.js';
import { LedgerRepublishService } from './ledger/ledger-republish.service.js';
import { LedgerWatchService } from './ledger/ledger-watch.service.js';
import { LedgerRepository } from './ledger/ledger.repository.js';
import { PaidBalanceRepository } from './ledger/paid-balance.repository.js';
import { SystemTransferRepository } from './ledger/system-transfer.repository.js';
import { LotListService } from './lot/lot-list.service.js';
import { LotRepository } from './lot/lot.repository.js';
import { LotService } from './lot/lot.service.js';
import { createPaymentServices, type PaymentSettings } from './payment/payment-services.factory.js';
import { PriceRepository } from './price/price.repository.js';
import { PriceService } from './price/price.service.js';
import { ReceiptKeyRepository } from './receipt/receipt-key.repository.js';
import { ReceiptKeyService } from './receipt/receipt-key.service.js';
import { ReceiptSigner } from './receipt/receipt-signer.service.js';
import type { RefundChannels } from './refund/refund-progress.service.js';
import { createRefundServices } from './refund/refund-services.factory.js';
import { RefundRepository } from './refund/refund.repository.js';
import { ReceiptRepository } from './receipt/receipt.repository.js';
import { ReceiptService } from './receipt/receipt.service.js';
import { SecretSeal } from './secret/secret-seal.service.js';
import { LateSettlementRepository } from './settlement/late-settlement.repository.js';
import { LateSettlementService } from './settlement/late-settlement.service.js';
import { SettlementGroundRepository } from './settlement/settlement-ground.repository.js';
import { SettlementMetrics } from './settlement/settlement-metrics.service.js';
import { SettlementWriter, type OutboxWriter } from './settlement/settlement-writer.service.js';
import { SettlementService } from './settlement/settlement.service.js';
import { UsageHandoverService } from './settlement/usage-handover.service.js';
import { StaffActionRepository } from './staff-action/staff-action.repository.js';
import { UsageBreakdownService } from './usage-report/usage-breakdown.service.js';
import { UsageReportRepository } from './usage-report/usage-report.repository.js';
import { UsageReportService } from './usage-report/usage-report.service.js';
import { UsageRollupRepository } from './usage-report/usage-rollup.repository.js';
import { SpendAlertRepository } from './spend-alert/spend-alert.repository.js';
import { SpendAlertService } from './spend-alert/spend-alert.service.js';
import { DeliveryRepository } from './webhook/delivery.repository.js';
import { DeliveryService } from './webhook/delivery.service.js';
import type { WebhookSender } from './webhook/webhook.client.js';
import { WebhookRepository } from './webhook/webhook.repository.js';
import { WebhookService } from './webhook/webhook.service.js';
import { WorkspaceRepository } from './workspace/workspace.repository.js';
import { WorkspaceService } from './workspace/workspace.service.js';

/** All consumers of billing are members of this group; the reaper compares its committed offsets. */
export const CONSUMER_GROUP = 'billing';

/** What billing stands on; tests give a memory log, a clock and a wait of their own. */
export interface BillingResources {
  readonly database: Database;
  readonly log: EventLog;
  readonly gate: GateAdministration;
  /** Null for the gate in the ledger's own database, which commits with it; any other is told by `gate_outbox`. */
  readonly gateEpochs: GateEpochs | null;
  readonly failpoints: Failpoints;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly metrics: Metrics;
  readonly signer: AccessTokenSigner;
  readonly operatorToken: string;
  readonly namedOperators: readonly NamedOperator[];
  readonly payments: PaymentSettings;
  /** The first one seals secrets in the tables, all of them open; none: they stand there as they are. */
  readonly secretsKeys: readonly Buffer[];
  readonly webhookSender: WebhookSender;
  readonly webhookPrivateAddresses: 'refuse' | 'allow';
  /** In [0, 1). */
  readonly random: () => number;
  readonly holdExpiryMs: number;
  /** Whom refunds ask; default: the payment channels. */
  readonly refundChannels?: RefundChannels | undefined;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

export type BillingServices = ReturnType<typeof createBillingServices>;

/** Composes the services once, by constructor alone: the Nest module only hands them to controllers. */
export function createBillingServices(resources: BillingResources) {
  const ground = createGround(resources);
  const customers = createCustomerServices(resources, ground);
  return {
    ...customers,
    ...createSettlementServices(resources, ground),
    ...createGateServices(resources, ground),
    ...createReadingServices(resources, ground),
    ...createAlertServices(resources, ground),
    ...createRefundServices({
      ...resources,
      ...ground,
      accounts: customers.accounts,
      channels: resources.refundChannels ?? customers.channels,
    }),
  };
}

const writeToOutbox: OutboxWriter = (sql, events) => writeOutbox(sql, 'billing', events);

type Ground = ReturnType<typeof createGround>;

function createGround(resources: BillingResources) {
  const accounts = new AccountRepository();
  const workspaces = new WorkspaceRepository();
  const keys = new ApiKeyRepository();
  const ledger = new LedgerRepository();
  const holds = new HoldRepository();
  const epochs = new GateEpochRepository(resources.gateEpochs !== null);
  const outbox = new GateOutboxRepository();
  const gateTeller =
    resources.gateEpochs === null
      ? new EmbeddedGateTeller(new PostgresGateWriter())
      : new OutboxGateTeller({ ...resources, outbox });
  const refunds = new RefundRepository();
  const repositories = { accounts, workspaces, keys, ledger, holds, epochs, refunds };
  const snapshots = new AccountSnapshotRepository(resources.database, repositories);
  const fence = new ConsumptionFence(resources.log, CONSUMER_GROUP);
  const loads = new GateLoadService({ ...resources, gateTeller, snapshots, fence });
  return {
    ...repositories,
    outbox,
    gateTeller,
    snapshots,
    fence,
    loads,
    lots: new LotRepository(),
    fxQuotes: new FxQuoteRepository(),
    paidBalances: new PaidBalanceRepository(),
    systemTransfers: new SystemTransferRepository(),
    remittanceCodes: new RemittanceCodeRepository(),
    staffActions: new StaffActionRepository(),
    differences: new DifferenceRepository(),
    writeOutbox: writeToOutbox,
  };
}

function createCustomerServices(resources: BillingResources, ground: Ground) {
  const { database } = resources;
  const { accounts, workspaces, keys, loads, staffActions, gateTeller } = ground;
  const credits = new CreditService({ ...resources, ...ground });
  const freeCreditService = new FreeCreditService({
    ...resources.payments,
    database,
    loads,
    credits,
    freeCredits: new FreeCreditRepository(),
  });
  const apiKeys = new ApiKeyService({ ...resources, ...ground });
  const paidLots = new LotService(ground);
  const fx = new FxQuoteService(database, ground.fxQuotes, staffActions);
  return {
    loads,
    gateTeller,
    credits,
    freeCreditService,
    paidLots,
    fx,
    snapshots: ground.snapshots,
    lotLists: new LotListService(database, ground.lots),
    ...createPaymentServices({ ...resources, ...ground, fx, lotOpener: paidLots }),
    accounts: new AccountService({ ...resources, ...ground, freeCreditService }),
    workspaces: new WorkspaceService(database, workspaces, accounts, gateTeller, staffActions),
    apiKeys,
    managedKeys: new ManagedKeyService({
      ...resources,
      ...ground,
      apiKeys,
      spends: new KeySpendRepository(),
      rollups: new UsageRollupRepository(),
    }),
    keyLookups: new KeyLookupService(database, keys, accounts, loads),
    sessions: new OperatorSessionService(resources.operatorToken, resources.signer, resources.namedOperators),
  };
}

function createSettlementServices(resources: BillingResources, ground: Ground) {
  const { database, failpoints, now } = resources;
  const { ledger, lots, holds, epochs, gateTeller, differences } = ground;
  const metrics = new SettlementMetrics(resources.metrics);
  const late = new LateSettlementRepository();
  const prices = new PriceService(database, new PriceRepository(), now);
  const writer = new SettlementWriter({ ledger, lots, holds, late, differences }, gateTeller, writeToOutbox);
  const settlements = new SettlementService({
    database,
    ground: new SettlementGroundRepository(ledger, lots, holds, epochs),
    writer,
    prices,
    metrics,
    failpoints,
    logger: resources.logger,
    now,
  });
  return {
    prices,
    settlements,
    handovers: new UsageHandoverService(settlements),
    poisonMetrics: new PoisonMetrics(resources.metrics),
    lateSettlements: new LateSettlementService({ ...resources, ...ground, late, metrics }),
    reaper: new ReaperService({ ...resources, ...ground }),
    watch: new LedgerWatchService(database, holds, ground.outbox, resources.metrics),
  };
}

function createGateServices(resources: BillingResources, ground: Ground) {
  const recovery = new GateRecoveryService({ ...resources, ...ground });
  return {
    gateDelivery: new GateDeliveryService({ ...resources, ...ground }),
    gateRepair: new GateRepairService({ ...resources, ...ground }),
    epochWatch: new GateEpochWatchService({ ...resources, ...ground, recovery }),
  };
}

function createReadingServices(resources: BillingResources, ground: Ground) {
  const { database, gate, log } = resources;
  const tables = new TableAuditService();
  const receiptKeys = new ReceiptKeyService(
    database,
    new ReceiptKeyRepository(new SecretSeal(resources.secretsKeys)),
    ground.staffActions,
    resources.now,
  );
  const comparison = new GateComparisonService({ ...resources, ...ground });
  return {
    receiptKeys,
    receipts: new ReceiptService(database, new ReceiptRepository(), gate, new ReceiptSigner(receiptKeys)),
    usageReports: new UsageReportService(database, new UsageReportRepository(), ground.accounts),
    usageBreakdowns: new UsageBreakdownService(database, new UsageRollupRepository(), ground.accounts, resources.now),
    differences: new DifferenceService(database, ground.differences),
    deadLetters: new DeadLetterService(log, database, new DeadLetterRepository(database), ground.staffActions),
    republications: new LedgerRepublishService({ ...resources, ...ground, history: new LedgerHistoryRepository() }),
    audits: new AuditService(database, tables, comparison, new AuditSelfTestService(tables)),
  };
}

function createAlertServices(resources: BillingResources, ground: Ground) {
  const { database, secretsKeys, webhookSender: sender, webhookPrivateAddresses: privateAddresses } = resources;
  const alerts = new SpendAlertRepository();
  const seal = new SecretSeal(secretsKeys);
  const webhooks = new WebhookRepository();
  const deliveries = new DeliveryRepository();
  const delivery = new DeliveryService({ ...resources, deliveries, webhooks, spendAlerts: alerts, seal, sender });
  return {
    deliveries: delivery,
    spendAlerts: new SpendAlertService(database, alerts, ground.accounts, ground.staffActions),
    webhooks: new WebhookService({ ...resources, ...ground, webhooks, deliveries, delivery, seal, privateAddresses }),
  };
}
