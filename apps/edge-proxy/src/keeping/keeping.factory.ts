import { openDatabase } from '@apilink/postgres';
import { KeyRing, type Logger, type Metrics } from '@apilink/service';

import type { EdgeEnvironment } from '../edge.config.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { IdempotentAnswerRepository } from '../idempotency/idempotent-answer.repository.js';
import { edgeMigrations } from '../migrations/edge-migrations.js';
import { ResponseStore } from '../responses/response-store.service.js';
import { StoredResponseRepository } from '../responses/stored-response.repository.js';
import { KeepingMetrics } from './keeping-metrics.service.js';
import { KeepingService } from './keeping.service.js';
import { KeptDatabase } from './kept-database.service.js';
import { KeptSweeper } from './kept-sweeper.service.js';

const POOL_MAX = 10;

export interface KeepingSetting {
  readonly settings: EdgeEnvironment;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** A plain UUID. */
  readonly newUuid: () => string;
}

/** What an edge keeps for clients, and what lives as long as the application for it. */
export interface Keeping {
  readonly service: KeepingService;
  /** Null where nothing is kept. */
  readonly responses: ResponseStore | null;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Everything is kept, or, without a database or a key that seals, nothing. */
export function assembleKeeping(setting: KeepingSetting): Keeping {
  const { settings, logger, newUuid } = setting;
  const metrics = new KeepingMetrics(setting.metrics);
  const { DATABASE_URL: url, SECRETS_KEY: keys } = settings;
  if (url === undefined || keys.length === 0) {
    return {
      service: new KeepingService(null),
      responses: null,
      start: async () => undefined,
      stop: async () => undefined,
    };
  }
  const database = new KeptDatabase({
    logger,
    open: async () =>
      openDatabase({
        environment: { ...settings, DATABASE_URL: url, DATABASE_POOL_MAX: POOL_MAX },
        schema: 'edge',
        migrations: edgeMigrations,
        applicationName: 'edge-proxy kept answers',
        onError: (error) => logger.warn({ err: error, purpose: 'kept answers' }, 'a database connection broke'),
      }),
  });
  metrics.observe(() => database.isAway);
  const ring = new KeyRing(keys, 'edge/kept-answers');
  const newId = (): string => newUuid().replaceAll('-', '');
  const stored = new StoredResponseRepository();
  const answers = new IdempotentAnswerRepository();
  const responses = new ResponseStore({ database, repository: stored, ring, logger, metrics, newId });
  const idempotency = new IdempotencyService({
    database,
    repository: answers,
    ring,
    logger,
    metrics,
    leaseMs: settings.HOLD_EXPIRY,
    newId: newUuid,
  });
  const sweeper = new KeptSweeper(
    database,
    [
      { kind: 'response', deleteOld: async (sql, rowsMax) => stored.deleteOld(sql, rowsMax) },
      { kind: 'idempotent_answer', deleteOld: async (sql, rowsMax) => answers.deleteOld(sql, rowsMax) },
    ],
    metrics,
  );
  return {
    service: new KeepingService({ responses, idempotency, ring, newId }),
    responses,
    start: async () => {
      await database.start();
      idempotency.start();
      sweeper.start();
    },
    stop: async () => {
      sweeper.stop();
      await idempotency.stop();
      await database.stop();
    },
  };
}
