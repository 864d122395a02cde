import { writeOutbox, type EventLog } from '@apilink/events';
import type { GateAdministration, GateWriter } from '@apilink/holds';
import type { Database } from '@apilink/postgres';
import type { AccessTokenSigner, Metrics } from '@apilink/service';

import { AccountRepository } from './account/account.repository.js';
import { AccountService } from './account/account.service.js';
import { ApiKeyRepository } from './api-key/api-key.repository.js';
import { ApiKeyService } from './api-key/api-key.service.js';
import { KeyLookupService } from './api-key/key-lookup.service.js';
import { AuditSelfTestService } from './audit/audit-self-test.service.js';
import { AuditService } from './audit/audit.service.js';
import { GateComparisonService } from './audit/gate-comparison.service.js';
import { TableAuditService } from './audit/table-audit.service.js';
import { CreditService } from './credit/credit.service.js';
import { DeadLetterRepository } from './dead-letter/dead-letter.repository.js';
import { DeadLetterService } from './dead-letter/dead-letter.service.js';
import { AccountSnapshotRepository } from './gate/account-snapshot.repository.js';
import { ConsumptionFence } from './gate/consumption-fence.service.js';
import { GateEpochRepository } from './gate/gate-epoch.repository.js';
import { GateLoadService } from './gate/gate-load.service.js';
import { HoldRepository } from './hold/hold.repository.js';
import { ReaperService } from './hold/reaper.service.js';
import { OperatorSessionService } from './identity/operator-session.service.js';
import { LedgerWatchService } from './ledger/ledger-watch.service.js';
import { LedgerRepository } from './ledger/ledger.repository.js';
import { PriceRepository } from './price/price.repository.js';
import { PriceService } from './price/price.service.js';
import { ReceiptRepository } from './receipt/receipt.repository.js';
import { ReceiptService } from './receipt/receipt.service.js';
import { LateSettlementRepository } from './settlement/late-settlement.repository.js';
import { LateSettlementService } from './settlement/late-settlement.service.js';
import { SettlementGroundRepository } from './settlement/settlement-ground.repository.js';
import { SettlementMetrics } from './settlement/settlement-metrics.service.js';
import { SettlementWriter, type OutboxWriter } from './settlement/settlement-writer.service.js';
import { SettlementService } from './settlement/settlement.service.js';
import { StaffActionRepository } from './staff-action/staff-action.repository.js';
import { UsageReportRepository } from './usage-report/usage-report.repository.js';
import { UsageReportService } from './usage-report/usage-report.service.js';
import { WorkspaceRepository } from './workspace/workspace.repository.js';
import { WorkspaceService } from './workspace/workspace.service.js';

/** All consumers of billing are members of this group; the reaper compares its committed offsets. */
export const CONSUMER_GROUP = 'billing';

/** What billing stands on; tests give a memory log, a clock and a wait of their own. */
export interface BillingResources {
  readonly database: Database;
  readonly log: EventLog;
  readonly gate: GateAdministration;
  readonly gateWriter: GateWriter;
  readonly metrics: Metrics;
  readonly signer: AccessTokenSigner;
  readonly operatorToken: string;
  readonly holdExpiryMs: number;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

export type BillingServices = ReturnType<typeof createBillingServices>;

/** Composes the services once, by constructor alone: the Nest module only hands them to controllers. */
export function createBillingServices(resources: BillingResources) {
  const ground = createGround(resources);
  const customers = createCustomerServices(resources, ground);
  return { ...customers, ...createSettlementServices(resources, ground), ...createReadingServices(resources, ground) };
}

const writeToOutbox: OutboxWriter = (sql, events) => writeOutbox(sql, 'billing', events);

type Ground = ReturnType<typeof createGround>;

function createGround(resources: BillingResources) {
  const accounts = new AccountRepository();
  const workspaces = new WorkspaceRepository();
  const keys = new ApiKeyRepository();
  const ledger = new LedgerRepository();
  const holds = new HoldRepository();
  const epochs = new GateEpochRepository();
  const repositories = { accounts, workspaces, keys, ledger, holds, epochs };
  const snapshots = new AccountSnapshotRepository(resources.database, repositories);
  const fence = new ConsumptionFence(resources.log, CONSUMER_GROUP);
  const loads = new GateLoadService({ ...resources, snapshots, fence });
  return {
    ...repositories,
    snapshots,
    fence,
    loads,
    staffActions: new StaffActionRepository(),
    writeOutbox: writeToOutbox,
  };
}

function createCustomerServices(resources: BillingResources, ground: Ground) {
  const { database, gateWriter } = resources;
  const { accounts, workspaces, keys, loads, staffActions } = ground;
  const credits = new CreditService({ ...resources, ...ground });
  return {
    loads,
    credits,
    accounts: new AccountService({ ...resources, ...ground, credits }),
    workspaces: new WorkspaceService(database, workspaces, accounts, gateWriter, staffActions),
    apiKeys: new ApiKeyService({ ...resources, ...ground }),
    keyLookups: new KeyLookupService(database, keys, accounts, loads),
    sessions: new OperatorSessionService(resources.operatorToken, resources.signer),
  };
}

function createSettlementServices(resources: BillingResources, ground: Ground) {
  const { database, gateWriter, now } = resources;
  const { ledger, holds, epochs } = ground;
  const metrics = new SettlementMetrics(resources.metrics);
  const late = new LateSettlementRepository();
  const prices = new PriceService(database, new PriceRepository(), now);
  const writer = new SettlementWriter(ledger, holds, late, gateWriter, writeToOutbox);
  return {
    prices,
    settlements: new SettlementService({
      database,
      ground: new SettlementGroundRepository(ledger, holds, epochs),
      writer,
      prices,
      metrics,
      now,
    }),
    lateSettlements: new LateSettlementService({ ...resources, ...ground, late, metrics }),
    reaper: new ReaperService({ ...resources, ...ground }),
    watch: new LedgerWatchService(database, holds, resources.metrics),
  };
}

function createReadingServices(resources: BillingResources, ground: Ground) {
  const { database, gate, log } = resources;
  const tables = new TableAuditService();
  const comparison = new GateComparisonService({ ...resources, ...ground });
  return {
    receipts: new ReceiptService(database, new ReceiptRepository(), gate),
    usageReports: new UsageReportService(database, new UsageReportRepository(), ground.accounts),
    deadLetters: new DeadLetterService(log, database, new DeadLetterRepository(database), ground.staffActions),
    audits: new AuditService(database, tables, comparison, new AuditSelfTestService(tables)),
  };
}
