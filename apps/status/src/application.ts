import { openEventLog } from '@apilink/events';
import { openDatabase } from '@apilink/postgres';
import {
  createServiceApp,
  Metrics,
  readEnvironment,
  type CreateOptions,
  type Logger,
  type ServiceApplication,
} from '@apilink/service';

import { countOf } from './component/board.domain.js';
import { BoardKeeper } from './component/board-keeper.service.js';
import { ComponentService } from './component/component.service.js';
import { ComponentHistory } from './history/component-history.service.js';
import { statusMigrations } from './migrations/status-migrations.js';
import { HealthStateFeed } from './signal/health-state-feed.service.js';
import { SnapshotRepository } from './snapshot/snapshot.repository.js';
import { SourceDatabase } from './source/source-database.service.js';
import { statusEnvironmentSchema, type StatusEnvironment } from './status.config.js';
import { StatusModule } from './status.module.js';

export { statusMigrations } from './migrations/status-migrations.js';

const NAME = 'status';

export interface StatusOptions extends CreateOptions {
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/**
 * The public status page and its JSON. It starts and answers while event log, database and billing are away, from the
 * last board on disk; it rejects with ConfigurationError only for what an operator has to mend.
 */
export async function createStatusApplication(options: StatusOptions): Promise<ServiceApplication> {
  const { logger, clock: now = Date.now } = options;
  const environment = readEnvironment(statusEnvironmentSchema, options.env);
  const components = new ComponentService(now);
  const snapshot = new SnapshotRepository(environment.APILINK_DATA_DIR);
  await restore(components, snapshot, logger);
  const database = sourceDatabase(environment, logger);
  await database.tryNow();
  const feed = new HealthStateFeed({
    openLog: () => openEventLog({ environment, clientId: NAME, logger, database: () => database.get(), patient: true }),
    logger,
    now,
    onNews: (news) => components.hear(news),
    onIdle: (endpointId, heardAt) => components.hearIdle(endpointId, heardAt),
    onSeen: () => components.seeLog(),
  });
  const history = new ComponentHistory({
    database: () => database.get(),
    logger,
    onRecorded: (change) => components.correctSince(change),
  });
  const keeper = new BoardKeeper({ components, history, snapshot, logger, now });
  return createServiceApp({
    name: NAME,
    module: StatusModule.forRoot({ components, page: { url: environment.STATUS_URL } }),
    logger,
    metrics: createMetrics(components),
    start: async () => {
      await feed.start();
      keeper.start();
    },
    drain: async () => {
      await feed.stop();
      await keeper.stop();
    },
    close: () => database.close(),
  });
}

async function restore(components: ComponentService, snapshot: SnapshotRepository, logger: Logger): Promise<void> {
  try {
    const memory = await snapshot.read();
    if (memory !== null) components.restore(memory);
  } catch (error) {
    logger.warn({ err: error }, 'The last board cannot be read from APILINK_DATA_DIR.');
  }
}

function sourceDatabase(environment: StatusEnvironment, logger: Logger): SourceDatabase {
  return new SourceDatabase(() =>
    openDatabase({
      environment,
      schema: NAME,
      migrations: statusMigrations,
      applicationName: NAME,
      onError: (error) => logger.warn({ err: error }, 'A connection to the database broke.'),
    }),
  );
}

function createMetrics(components: ComponentService): Metrics {
  const metrics = new Metrics(NAME);
  metrics.gauge({
    name: 'apilink_status_components',
    help: 'Models on the page, by what it says of them.',
    labelNames: ['status'],
    collect() {
      const board = components.board();
      for (const status of ['operational', 'degraded', 'outage', 'unknown'] as const)
        this.set({ status }, countOf(board.components, status));
    },
  });
  metrics.gauge({
    name: 'apilink_status_stale_seconds',
    help: 'For how long nothing could be heard; 0 while the event log answers.',
    collect() {
      const { at, staleSince } = components.board();
      this.set(staleSince === null ? 0 : Math.max(0, (at - staleSince) / 1000));
    },
  });
  return metrics;
}
