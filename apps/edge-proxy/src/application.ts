import type { OutgoingEvent } from '@apilink/events';
import {
  ConfigurationError,
  createServiceApp,
  Metrics,
  type CreateOptions,
  type ServiceApplication,
} from '@apilink/service';

import { openPorts, type EdgePorts } from './edge-ports.factory.js';
import { readEdgeEnvironment } from './edge.config.js';
import { assembleEdge, defaultTuning, type Edge, type EdgeTuning } from './edge.factory.js';
import { EdgeModule } from './edge.module.js';
import { OpenHold } from './metering/open-hold.entity.js';
import { spooledHold } from './spool/spooled-hold.factory.js';

export interface EdgeApplicationOptions extends CreateOptions {
  /** What is not given is opened by the environment and closed with the application. */
  readonly ports?: Partial<EdgePorts>;
  readonly tuning?: Partial<EdgeTuning>;
}

/** How long closing and flushing may take after the last request was cut. */
const FLUSH_MS_MAX = 10_000;

/** The data plane as one application: the hot lane and the controllers behind one server. */
export async function createEdgeApplication(options: EdgeApplicationOptions): Promise<ServiceApplication> {
  const { env, logger } = options;
  const settings = readEdgeEnvironment(env);
  const metrics = new Metrics('edge-proxy');
  const opened = await openPorts(options.ports ?? {}, { env, settings, logger });
  const tuning = { ...defaultTuning, ...options.tuning };
  const edge = assembleEdge({ settings, tuning, ports: opened.ports, logger, metrics });
  const { hotLane } = edge.parts;
  return createServiceApp({
    name: 'edge-proxy',
    module: EdgeModule.forRoot(edge.parts),
    logger,
    metrics,
    lane: () => (request, response) => hotLane.take(request, response),
    start: async () => start(edge),
    readiness: async () => edge.table.problem(),
    drain: async (_context, deadlineMs) => drain(edge, deadlineMs),
    close: async () => {
      await stop(edge);
      await opened.close();
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
  await edge.table.start();
}

/** Usage events must have a place before the first request is admitted. */
async function openSpool(edge: Edge): Promise<readonly OutgoingEvent[]> {
  try {
    return await edge.spool.open();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`APILINK_DATA_DIR cannot be used for usage events (${reason}).`, { cause: error });
  }
}

/** Rejects when usage events are neither in the event log nor on the disk. */
async function drain(edge: Edge, deadlineMs: number): Promise<void> {
  const { hotLane } = edge.parts;
  hotLane.refuseNew();
  const deadlineAt = Date.now() + deadlineMs;
  await hotLane.whenAdmitted(deadlineMs);
  await edge.registry.whenIdle(Math.max(0, deadlineAt - Date.now()));
  edge.registry.abortAll('the server is shutting down');
  await edge.closing.whenIdle(FLUSH_MS_MAX);
  await edge.releases.stop();
  await edge.publisher.flush();
}

async function stop(edge: Edge): Promise<void> {
  edge.registry.stop();
  edge.publisher.stop();
  edge.keeper.stop();
  await edge.health.stop();
  await edge.table.stop();
  await edge.spool.close();
  edge.billing.close();
}
