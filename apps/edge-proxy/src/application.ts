import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { OutgoingEvent } from '@apilink/events';
import { DataFolderLockedError, lockDataFolder } from '@apilink/postgres';
import {
  ConfigurationError,
  createServiceApp,
  Metrics,
  openTracing,
  readFailpoints,
  type CreateOptions,
  type Failpoints,
  type ServiceApplication,
} from '@apilink/service';

import { crossOriginLane } from './cross-origin/cross-origin-lane.service.js';
import { openPorts, type EdgePorts } from './edge-ports.factory.js';
import { edgeIdOf, readEdgeEnvironment } from './edge.config.js';
import { assembleEdge, defaultTuning, type Edge, type EdgeTuning } from './edge.factory.js';
import { EdgeModule } from './edge.module.js';
import { serveApiPage } from './openapi/api-page.service.js';
import { OpenHold } from './metering/open-hold.entity.js';
import { spooledHold } from './spool/spooled-hold.factory.js';

export interface EdgeApplicationOptions extends CreateOptions {
  /** What is not given is opened by the environment and closed with the application. */
  readonly ports?: Partial<EdgePorts>;
  readonly tuning?: Partial<EdgeTuning>;
  /** Default: those that the environment names. */
  readonly failpoints?: Failpoints;
}

/** How long closing may take after the last request was cut. */
const CLOSING_MS_MAX = 10_000;

/** The data plane as one application: the hot lane and the controllers behind one server. */
export async function createEdgeApplication(options: EdgeApplicationOptions): Promise<ServiceApplication> {
  const { env, logger } = options;
  const settings = readEdgeEnvironment(env);
  const edgeId = edgeIdOf(settings);
  const failpoints = options.failpoints ?? readFailpoints(env);
  const metrics = new Metrics('edge-proxy');
  const tracing = await openTracing({ service: 'edge-proxy', env, logger });
  const opened = await openPorts(options.ports ?? {}, { env, settings, edgeId, logger });
  const tuning = { ...defaultTuning, ...options.tuning };
  const edge = assembleEdge({ settings, edgeId, tuning, ports: opened.ports, logger, metrics, tracing, failpoints });
  const { hotLane } = edge.parts;
  let unlock: (() => void) | null = null;
  return createServiceApp({
    name: 'edge-proxy',
    module: EdgeModule.forRoot(edge.parts),
    logger,
    metrics,
    plugins: serveApiPage,
    lane: () => crossOriginLane((request, response) => hotLane.take(request, response)),
    start: async () => {
      unlock = await lockFolder(settings.APILINK_DATA_DIR);
      await start(edge);
    },
    readiness: async () => edge.table.problem(),
    drain: async (_context, deadlineMs) => drain(edge, deadlineMs, tuning.flushMs),
    close: async () => {
      await stop(edge);
      await opened.close();
      await tracing.shutdown();
      unlock?.();
    },
  });
}

async function start(edge: Edge): Promise<void> {
  // What an earlier process left behind is renewed and replayed first: its holds may be about to expire.
  for (const event of await openSpool(edge)) {
    const spooled = spooledHold(event);
    if (spooled !== null) edge.keeper.add(new OpenHold(spooled.hold, spooled.epoch));
  }
  edge.keeper.start();
  edge.publisher.start();
  edge.registry.start();
  edge.health.start();
  await edge.keeping.start();
  await edge.table.start();
}

/** Two edges in one folder would replay, and remove, each other's spool. */
async function lockFolder(folder: string): Promise<() => void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return lockDataFolder(join(folder, 'edge.lock'), folder);
  } catch (error) {
    throw folderError(error);
  }
}

function folderError(cause: unknown): ConfigurationError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof DataFolderLockedError) return new ConfigurationError(`APILINK_DATA_DIR: ${reason}.`, { cause });
  return new ConfigurationError(`APILINK_DATA_DIR cannot be used for usage events (${reason}).`, { cause });
}

/** Usage events must have a place before the first request is admitted. */
async function openSpool(edge: Edge): Promise<readonly OutgoingEvent[]> {
  try {
    return await edge.spool.open();
  } catch (error) {
    throw folderError(error);
  }
}

/** Rejects when neither the event log nor billing took every usage event; the spool remains for the next start. */
async function drain(edge: Edge, deadlineMs: number, flushMs: number): Promise<void> {
  const { hotLane } = edge.parts;
  hotLane.refuseNew();
  const deadlineAt = Date.now() + deadlineMs;
  await hotLane.whenAdmitted(deadlineMs);
  await edge.registry.whenIdle(Math.max(0, deadlineAt - Date.now()));
  edge.registry.abortAll('the server is shutting down');
  await edge.closing.whenIdle(CLOSING_MS_MAX);
  await edge.releases.stop();
  await edge.usageDrain.flush(Math.max(flushMs, deadlineAt - Date.now()));
}

async function stop(edge: Edge): Promise<void> {
  edge.registry.stop();
  edge.publisher.stop();
  edge.keeper.stop();
  await edge.health.stop();
  await edge.keeping.stop();
  await edge.table.stop();
  await edge.spool.close();
  edge.billing.close();
}
