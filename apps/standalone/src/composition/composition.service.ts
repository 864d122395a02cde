import { createBillingApplication } from '@apilink/billing';
import { createDemoProviderApplication } from '@apilink/demo-provider';
import { createEdgeApplication } from '@apilink/edge-proxy';
import { createInvoicingApplication } from '@apilink/invoicing';
import { createRouterApplication } from '@apilink/router';
import { listen, type Environment, type ServiceApplication } from '@apilink/service';
import { createStatusApplication } from '@apilink/status';

import type { FrontListener } from '../front-listener/front-listener.service.js';
import type { RouteTarget } from '../front-listener/route.domain.js';
import type { OpenLog } from '../log-file/log-file.service.js';
import type { Progress } from '../progress/progress.service.js';
import type { Shutdown } from '../shutdown/shutdown.service.js';
import type { ServiceEnvironments } from './service-environment.factory.js';

export interface CompositionOptions {
  readonly environments: ServiceEnvironments;
  readonly front: FrontListener;
  readonly progress: Progress;
  readonly shutdown: Shutdown;
  readonly openLog: OpenLog;
  readonly drainDeadlineMs: number;
}

/**
 * Starts every service as an application of its own, each with the environment it would have as a process of its own.
 * Billing first, because all ask it; the edge last, because it is ready only with a routing table. Stopping goes the
 * other way, so that what the edge hands over still finds the log and billing.
 */
export async function startServices(options: CompositionOptions): Promise<readonly ServiceApplication[]> {
  const { environments } = options;
  const create = (env: Environment, service: string) => ({ env, logger: options.openLog(service) });
  const billing = await startService(options, 'billing', 'billing', () =>
    createBillingApplication(create(environments.billing(), 'billing')),
  );
  const demoProvider = await startService(options, 'demo provider', null, () =>
    createDemoProviderApplication(create(environments.demoProvider(), 'demo-provider')),
  );
  const demo = await listen(demoProvider.server, { host: '127.0.0.1', port: 0 }, 'PORT of the demo provider');
  const router = await startService(options, 'router', 'router', () =>
    createRouterApplication(create(environments.router(`http://127.0.0.1:${demo.port}/v1`), 'router')),
  );
  const invoicing = await startService(options, 'invoicing', 'invoicing', () =>
    createInvoicingApplication(create(environments.invoicing(), 'invoicing')),
  );
  const status = await startService(options, 'status page', 'status', () =>
    createStatusApplication(create(environments.status(), 'status')),
  );
  const edge = await startService(options, 'edge', 'edge-proxy', () =>
    createEdgeApplication(create(environments.edgeProxy(), 'edge-proxy')),
  );
  return [billing, demoProvider, router, invoicing, status, edge];
}

async function startService(
  { front, progress, shutdown, drainDeadlineMs }: CompositionOptions,
  title: string,
  target: RouteTarget | null,
  create: () => Promise<ServiceApplication>,
): Promise<ServiceApplication> {
  shutdown.proceed();
  return progress.step(`Starting ${title}`, async () => {
    const application = await create();
    shutdown.add(application.name, async () => {
      try {
        await application.drain(drainDeadlineMs);
      } finally {
        if (target !== null) front.detach(target);
        await application.close();
      }
    });
    const { server } = application;
    if (target !== null) front.attach(target, (request, response) => void server.emit('request', request, response));
    await application.start();
    return application;
  });
}
