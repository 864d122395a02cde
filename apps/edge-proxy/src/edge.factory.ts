import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { InputFactor } from '@apilink/dialects';
import { ServiceTokens, type Logger, type Metrics } from '@apilink/service';

import { AddressLimit } from './admission/address-limit.domain.js';
import { AdmissionService } from './admission/admission.service.js';
import { AuthenticationService } from './admission/authentication.service.js';
import { BillingClient } from './admission/billing.client.js';
import { ChatCompletionService } from './chat-completions/chat-completion.service.js';
import type { EdgePorts } from './edge-ports.factory.js';
import { bodyLimits, spoolBounds, UNKNOWN_KEYS_PER_MINUTE, type EdgeEnvironment } from './edge.config.js';
import type { EdgeParts } from './edge.module.js';
import { GenerationService } from './generation/generation.service.js';
import { EndpointHealthService } from './health-report/endpoint-health.service.js';
import { AddressConcurrency } from './hot-lane/address-concurrency.domain.js';
import { HotLane } from './hot-lane/hot-lane.service.js';
import { IdSource } from './hot-lane/wire-id.domain.js';
import type { BodyLimits } from './hot-lane/request-body.service.js';
import { KeyAccessService } from './key/key-access.service.js';
import { HoldKeeper } from './metering/hold-keeper.service.js';
import { SettlementService } from './metering/settlement.service.js';
import { UsagePublisher } from './metering/usage-publisher.service.js';
import { ModelListService } from './models/model-list.service.js';
import { EdgeMetrics } from './observability/edge-metrics.service.js';
import { AttemptRecorder } from './relay/attempt-recorder.service.js';
import { ClosingService } from './relay/closing.service.js';
import type { RunServices } from './relay/chat-run.entity.js';
import { relayLimits, type RelayLimits } from './relay/relay-limits.config.js';
import { RunRegistry } from './relay/run-registry.service.js';
import { EndpointCredentials } from './routing-table/endpoint-credentials.service.js';
import { RoutingSnapshotRepository } from './routing-table/routing-snapshot.repository.js';
import { RoutingTableService } from './routing-table/routing-table.service.js';
import { SpoolRepository, type OpenSegment } from './spool/spool.repository.js';
import { SpoolService, type SpoolBounds } from './spool/spool.service.js';
import { spooledGeneration } from './spool/spooled-hold.factory.js';

/** Bounds, clocks and chance; tests give their own. */
export interface EdgeTuning {
  readonly relay: RelayLimits;
  readonly body: BodyLimits;
  readonly spool: SpoolBounds;
  readonly openSegment: OpenSegment | null;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly random: () => number;
}

export const defaultTuning: EdgeTuning = {
  relay: relayLimits,
  body: bodyLimits,
  spool: spoolBounds,
  openSegment: null,
  now: Date.now,
  monotonic: () => performance.now(),
  random: Math.random,
};

export interface EdgeSetting {
  readonly settings: EdgeEnvironment;
  readonly tuning: EdgeTuning;
  readonly ports: EdgePorts;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What lives as long as the application, in the order in which it is started. */
export interface Edge {
  readonly table: RoutingTableService;
  readonly spool: SpoolService;
  readonly keeper: HoldKeeper;
  readonly publisher: UsagePublisher;
  readonly health: EndpointHealthService;
  readonly registry: RunRegistry;
  readonly closing: ClosingService;
  readonly billing: BillingClient;
  readonly parts: EdgeParts;
}

/** Puts an edge together; nothing runs yet. */
export function assembleEdge(setting: EdgeSetting): Edge {
  const { settings, tuning, ports, logger } = setting;
  const { now, monotonic, random } = tuning;
  const metrics = new EdgeMetrics(setting.metrics);
  const billing = new BillingClient(settings.BILLING_URL, new ServiceTokens(settings.SERVICE_TOKENS));
  const table = tableOf(setting);
  const health = new EndpointHealthService(ports.eventLog, table, logger, { edgeId: settings.EDGE_ID, now });
  const spool = spoolOf(setting);
  const keeper = new HoldKeeper(ports.holdStore, logger, settings.HOLD_EXPIRY);
  const publisher = new UsagePublisher(ports.eventLog, spool, keeper, logger, spooledGeneration);
  metrics.observe({ holdsOpen: () => keeper.size, spoolBytes: () => spool.bytes });
  const authentication = authenticationOf(setting, billing);
  const admission = admissionOf(setting, billing);
  const ids = new IdSource(now, (bytes) => void randomFillSync(bytes));
  const inputFactor = new InputFactor();
  const settlement = new SettlementService(keeper, publisher, inputFactor, logger, { now, ids });
  const registry = new RunRegistry(tuning.relay, monotonic);
  const closing = new ClosingService(settlement, metrics, logger, (answer) => registry.linger(answer), random);
  const credentials = new EndpointCredentials(ports.credentials, logger, now);
  const completions = new ChatCompletionService({
    table,
    health,
    credentials,
    admission,
    inputFactor,
    ids,
    now,
    random,
  });
  const run: RunServices = {
    upstream: ports.upstream,
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
    completions,
    settlement,
    publisher,
    registry,
    run,
    addresses: new AddressConcurrency(settings.IP_CONCURRENCY),
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
    generations: new GenerationService(billing, ports.holdStore, keeper, now),
  };
  return { table, spool, keeper, publisher, health, registry, closing, billing, parts };
}

function tableOf({ settings, ports, logger, tuning }: EdgeSetting): RoutingTableService {
  const snapshot = new RoutingSnapshotRepository(settings.APILINK_DATA_DIR);
  return new RoutingTableService(ports.eventLog, snapshot, logger, tuning.now);
}

function spoolOf({ settings, tuning }: EdgeSetting): SpoolService {
  const directory = join(settings.APILINK_DATA_DIR, 'spool');
  const repository =
    tuning.openSegment === null ? new SpoolRepository(directory) : new SpoolRepository(directory, tuning.openSegment);
  return new SpoolService(repository, tuning.spool, tuning.now);
}

function admissionOf({ settings, ports, tuning }: EdgeSetting, billing: BillingClient): AdmissionService {
  return new AdmissionService(ports.holdStore, billing, {
    defaults: {
      requestsPerMinute: settings.KEY_DEFAULT_RPM,
      tokensPerMinute: settings.KEY_DEFAULT_TPM,
      concurrency: settings.KEY_DEFAULT_CONCURRENCY,
    },
    holdExpiryMs: settings.HOLD_EXPIRY,
    now: tuning.now,
  });
}

function authenticationOf({ ports, tuning }: EdgeSetting, billing: BillingClient): AuthenticationService {
  const unknownKeys = new AddressLimit(UNKNOWN_KEYS_PER_MINUTE);
  return new AuthenticationService(ports.holdStore, billing, unknownKeys, tuning.now);
}
