import type { AddressInfo } from 'node:net';

import { collectDefaultMetrics } from 'prom-client';

import type { ServiceApplication } from '../application.js';
import type { Logger } from '../logger/logger.js';
import { Metrics } from '../metrics/metrics.js';
import { createServiceApp } from '../service-app.js';
import { listen } from '../shutdown/listen.js';
import { AdminModule, AdminSubject } from './admin.module.js';
import { LoopLag } from './loop-lag.js';

export interface AdminServer {
  readonly address: AddressInfo;
  /** From now on the startup probe answers 200. */
  markStarted(): void;
  close(): Promise<void>;
}

export interface AdminServerOptions {
  readonly applications: readonly ServiceApplication[];
  readonly logger: Logger;
  readonly host: string;
  readonly port: number;
}

/** Probes and metrics of a process, on a port that no client reaches: `/health/{startup,live,ready}`, `/metrics`. */
export async function createAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const loopLag = new LoopLag();
  const processMetrics = new Metrics('process');
  collectDefaultMetrics({ register: processMetrics.registry });
  const subject = new AdminSubject(options.applications, processMetrics, loopLag, options.logger);
  const application = await createServiceApp({
    name: 'admin',
    module: AdminModule.forRoot(subject),
    logger: options.logger,
  });
  await application.start();
  const address = await listen(application.server, options, 'ADMIN_PORT');
  return {
    address,
    markStarted: () => subject.markStarted(),
    close: async () => {
      loopLag.stop();
      await application.close();
    },
  };
}
