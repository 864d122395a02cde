import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { InputFactor } from '@apilink/dialects';
import type { OutgoingEvent } from '@apilink/events';
import { ServiceTokens, type Failpoints, type Logger, type Metrics, type Tracing } from '@apilink/service';

import { AddressLimit } from './admission/address-limit.domain.js';
import { AdmissionService, type AdmissionServices } from './admission/admission.service.js';
import { AuthenticationService } from './admission/authentication.service.js';
import { BillingClient } from './admission/billing.client.js';
import { HoldReleaseService } from './admission/hold-release.service.js';
import { CallAdmissionService } from './call/call-admission.service.js';
import { CallPlanService } from './call/call-plan.service.js';
import type { EdgePorts } from './edge-ports.factory.js';
import { bodyLimits, UNKNOWN_KEYS_PER_MINUTE, type EdgeEnvironment } from './edge.config.js';
import type { EdgeParts } from './edge.module.js';
import { withFailpoints } from './failpoint/dispatched-upstream.client.js';
import { GenerationService } from './generation/generation.service.js';
import { ReceiptKeysService } from './generation/receipt-keys.service.js';
import { EndpointHealthService } from './health-report/endpoint-health.service.js';
import { AddressConnections } from './hot-lane/address-connections.domain.js';
import { ClientConnections } from './hot-lane/client-connection.entity.js';
import { HotLane } from './hot-lane/hot-lane.service.js';
import { IdSource } from './hot-lane/wire-id.domain.js';
import type { BodyLimits } from './hot-lane/request-body.service.js';
import { KeyAccessService } from './key/key-access.service.js';
import { assembleKeeping, type Keeping } from './keeping/keeping.factory.js';
import { HoldKeeper } from './metering/hold-keeper.service.js';
import { SettlementService } from './metering/settlement.service.js';
import { StoreClock } from './metering/store-clock.service.js';
import { UsageDrain } from './metering/usage-drain.service.js';
import { LogStanding } from './metering/log-standing.service.js';
import { UsageBacklog } from './metering/usage-backlog.service.js';
import { UsagePublisher } from './metering/usage-publisher.service.js';
import { ManagedKeysService } from './managed-key/managed-keys.service.js';
import { ModelListService } from './models/model-list.service.js';
import { EdgeMetrics } from './observability/edge-metrics.service.js';
import { GenerationTraces } from './observability/generation-traces.service.js';
import { AttemptRecorder } from './relay/attempt-recorder.service.js';
import { ClosingService } from './relay/closing.service.js';
import type { RunServices } from './relay/generation-run.entity.js';
import { relayLimits, type RelayLimits } from './relay/relay-limits.config.js';
import { RunRegistry } from './relay/run-registry.service.js';
import { QuoteService } from './quote/quote.service.js';
import { TokenCountService, type TokenCountServices } from './token-count/token-count.service.js';
import { UpstreamCountClient } from './token-count/upstream-count.client.js';
import { EndpointCredentials } from './routing-table/endpoint-credentials.service.js';
import { RoutingSnapshotRepository } from './routing-table/routing-snapshot.repository.js';
import { RoutingTableService, startPatienceMs, type StartPatience } from './routing-table/routing-table.service.js';
import { SpoolRepository, type OpenSegment } from './spool/spool.repository.js';
import { SpoolService, type SpoolBounds } from './spool/spool.service.js';

/** Bounds, clocks and chance; tests give their own. */
export interface EdgeTuning {
  readonly relay: RelayLimits;
  readonly body: BodyLimits;
  /** Null: those of the environment. */
  readonly spool: SpoolBounds | null;
  readonly openSegment: OpenSegment | null;
  /** How often a gate that is away is told again of a hold to give back, ms. */
  readonly releaseRetryMs: number;
  /** How often a log that is away is told again of usage events, ms. */
  readonly replayMs: number;
  /** How long usage events are gathered into one send, ms. */
  readonly gatherMs: number;
  /** At a drain, between two rounds in which neither the log nor billing took every usage event, ms. */
  readonly handOverRetryMs: number;
  /** How long usage events may look for their place after the last request has ended, at the least, ms. */
  readonly flushMs: number;
  readonly tablePatienceMs: StartPatience;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly random: () => number;
}

export const defaultTuning: EdgeTuning = {
  relay: relayLimits,
  body: bodyLimits,
  spool: null,
  openSegment: null,
  releaseRetryMs: 1_000,
  replayMs: 1_000,
  gatherMs: 25,
  handOverRetryMs: 500,
  flushMs: 10_000,
  tablePatienceMs: startPatienceMs,
  now: Date.now,
  monotonic: () => performance.now(),
  random: Math.random,
};

export interface EdgeSetting {
  readonly settings: EdgeEnvironment;
  readonly edgeId: string;
  readonly failpoints: Failpoints;
  readonly tuning: EdgeTuning;
  readonly ports: EdgePorts;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
}

/** What lives as long as the application, in the order in which it is started. */
export interface Edge {
  readonly table: RoutingTableService;
  readonly spool: SpoolService;
  readonly keeper: HoldKeeper;
  readonly publisher: UsagePublisher;
  readonly usageDrain: UsageDrain;
  readonly health: EndpointHealthService;
  readonly registry: RunRegistry;
  readonly closing: ClosingService;
  readonly billing: BillingClient;
  readonly releases: HoldReleaseService;
  readonly keeping: Keeping;
  readonly parts: EdgeParts;
}

/** Puts an edge together; nothing runs yet. */
export function assembleEdge(setting: EdgeSetting): Edge {
  const { settings, tuning, ports, logger, failpoints } = setting;
  const { now, monotonic, random } = tuning;
  const metrics = new EdgeMetrics(setting.metrics);
  const billing = new BillingClient(settings.BILLING_URL, new ServiceTokens(settings.SERVICE_TOKENS));
  const table = tableOf(setting);
  const health = new EndpointHealthService(ports.eventLog, table, logger, { edgeId: setting.edgeId, now });
  const ids = new IdSource(now, (bytes) => void randomFillSync(bytes));
  const metering = meteringOf(setting, { metrics, billing, ids });
  const { keeper, publisher, settlement, storeClock, inputFactor } = metering;
  const authentication = authenticationOf(setting, billing);
  const releases = new HoldReleaseService(ports.holdStore, {
    holdExpiryMs: settings.HOLD_EXPIRY,
    retryMs: tuning.releaseRetryMs,
    now,
  });
  const keeping = assembleKeeping({ settings, logger, metrics: setting.metrics, newUuid: () => ids.event() });
  const admission = admissionOf(setting, { billing, releases, storeClock });
  const registry = new RunRegistry(tuning.relay, monotonic);
  const closing = new ClosingService(settlement, metrics, logger, (answer) => registry.linger(answer), random);
  const credentials = new EndpointCredentials(ports.credentials, logger, now);
  const plans = new CallPlanService({ table, health, credentials, inputFactor, storeClock, random });
  const run: RunServices = {
    upstream: withFailpoints(ports.upstream, failpoints),
    credentials,
    health,
    now,
    keeper,
    recorder: new AttemptRecorder(health, metrics, now),
    closing,
    limits: tuning.relay,
    monotonic,
    ended: (ended) => registry.ended(ended),
  };
  const hotLane = new HotLane({
    authentication,
    admission,
    calls: new CallAdmissionService({ plans, admission, releases, ids, random }),
    keeping: keeping.service,
    quotes: new QuoteService(plans, admission),
    counts: countsOf({ plans, admission, inputFactor }, run),
    settlement,
    publisher,
    registry,
    run,
    connections: new ClientConnections(new AddressConnections(settings.IP_CONCURRENCY)),
    metrics,
    logger,
    body: tuning.body,
    ids,
    random,
  });
  const parts = {
    hotLane,
    keyAccess: new KeyAccessService(authentication, admission),
    models: new ModelListService(table, now),
    managedKeys: new ManagedKeysService(billing),
    generations: new GenerationService(billing, ports.holdStore, keeper, now),
    receiptKeys: new ReceiptKeysService(billing, now),
    responses: keeping.responses,
  };
  return { ...metering, table, health, registry, closing, billing, releases, keeping, parts };
}

/** What counts prompts without a charge. */
function countsOf(
  services: Omit<TokenCountServices, 'client'>,
  { upstream, credentials }: RunServices,
): TokenCountService {
  return new TokenCountService({ ...services, client: new UpstreamCountClient(upstream, credentials) });
}

/** What holds, meters and tells of it. */
function meteringOf(
  setting: EdgeSetting,
  { metrics, billing, ids }: { metrics: EdgeMetrics; billing: BillingClient; ids: IdSource },
) {
  const { settings, ports, logger, failpoints } = setting;
  const { now, monotonic, replayMs, gatherMs, handOverRetryMs } = setting.tuning;
  const spool = spoolOf(setting);
  const keeper = new HoldKeeper(ports.holdStore, logger, settings.HOLD_EXPIRY);
  ports.holdStore.onEpoch?.((epoch) => keeper.noteEpoch(epoch));
  const standing = new LogStanding(ports.eventLog, logger);
  const backlog = new UsageBacklog({ standing, spool, keeper, logger, failpoints });
  const publisher = new UsagePublisher({ standing, backlog, logger, replayMs, gatherMs });
  const storeClock = new StoreClock(now, logger);
  const inputFactor = new InputFactor();
  const traces = new GenerationTraces({ tracing: setting.tracing, now, monotonic });
  const settlement = new SettlementService({
    keeper,
    publisher,
    inputFactor,
    metrics,
    traces,
    logger,
    now,
    ids,
    failpoints,
  });
  const handOver = async (events: readonly OutgoingEvent[]) => billing.handOver(events);
  const usageDrain = new UsageDrain({ publisher, handOver, logger, monotonic, retryMs: handOverRetryMs });
  metrics.observe({
    holdsOpen: () => keeper.size,
    spoolBytes: () => spool.bytes,
    clockDifferenceSeconds: () => storeClock.differenceMs / 1000,
    isLogAway: () => publisher.isLogAway,
  });
  return { spool, keeper, publisher, storeClock, inputFactor, settlement, usageDrain };
}

function tableOf({ settings, ports, logger, tuning }: EdgeSetting): RoutingTableService {
  const snapshot = new RoutingSnapshotRepository(settings.APILINK_DATA_DIR);
  const { now, tablePatienceMs } = tuning;
  return new RoutingTableService(ports.eventLog, snapshot, logger, { now, patienceMs: tablePatienceMs });
}

function spoolOf({ settings, tuning }: EdgeSetting): SpoolService {
  const directory = join(settings.APILINK_DATA_DIR, 'spool');
  const repository =
    tuning.openSegment === null ? new SpoolRepository(directory) : new SpoolRepository(directory, tuning.openSegment);
  const bounds = tuning.spool ?? { bytesMax: settings.SPOOL_BYTES_MAX, ageMsMax: settings.SPOOL_AGE_MAX };
  return new SpoolService(repository, bounds, tuning.now);
}

function admissionOf(
  { settings, ports, failpoints }: EdgeSetting,
  parts: Pick<AdmissionServices, 'billing' | 'releases' | 'storeClock'>,
): AdmissionService {
  return new AdmissionService({
    ...parts,
    store: ports.holdStore,
    failpoints,
    defaults: {
      requestsPerMinute: settings.KEY_DEFAULT_RPM,
      tokensPerMinute: settings.KEY_DEFAULT_TPM,
      concurrency: settings.KEY_DEFAULT_CONCURRENCY,
    },
    holdExpiryMs: settings.HOLD_EXPIRY,
  });
}

function authenticationOf({ ports, tuning }: EdgeSetting, billing: BillingClient): AuthenticationService {
  const unknownKeys = new AddressLimit(UNKNOWN_KEYS_PER_MINUTE);
  return new AuthenticationService(ports.holdStore, billing, unknownKeys, tuning.now);
}
