import { z } from 'zod';

import type { ServiceApplication } from '../application.js';
import { ConfigurationError } from '../config/configuration-error.js';
import { readEnvironment, type Environment } from '../config/environment.js';
import { portSchema } from '../config/variables.js';
import { createAdminServer } from '../health/admin-server.js';
import { createLogger, logLevels, type Logger } from '../logger/logger.js';
import { durationSchema } from '@apilink/contracts';
import { listen } from './listen.js';
import { ADMIN_PORT_DISTANCE, servicePorts, type ServiceName } from './service-ports.js';

/** What every service reads from the environment, beside its own variables. */
export const mainEnvironmentSchema = z.object({
  PORT: portSchema.optional().describe('Port of the service'),
  HOST: z.string().min(1).max(255).default('127.0.0.1').describe('Address to listen on'),
  ADMIN_PORT: portSchema.optional().describe('Port of probes and metrics; default: PORT + 100'),
  LOG_LEVEL: z
    .enum(logLevels, `expected one of ${logLevels.join(', ')}`)
    .default('info')
    .describe('Least level logged'),
  DRAIN_DEADLINE: durationSchema
    .prefault('600s')
    .describe('How long running requests may take after SIGTERM; keep it below the grace period'),
});

/** The part of `process` that running a service needs; tests give their own. */
export interface MainProcess {
  readonly env: Environment;
  readonly stderr: { write(text: string): unknown };
  on(signal: 'SIGTERM' | 'SIGINT', handle: () => void): unknown;
  exit(code: number): void;
}

export interface CreateOptions {
  readonly env: Environment;
  readonly logger: Logger;
}

export const exitCodes = { ok: 0, failure: 1, configuration: 2 } as const;

/**
 * Runs one service as a process: reads the environment, listens on PORT (probes on ADMIN_PORT), starts, and on SIGTERM
 * or SIGINT drains, closes and exits 0; a second signal exits 1 at once. A wrong configuration or a port in use is one
 * sentence on stderr and exit code 2; anything else that fails is exit code 1.
 */
export async function runMain(
  name: ServiceName,
  create: (options: CreateOptions) => Promise<ServiceApplication>,
  main: MainProcess = process,
): Promise<void> {
  let logger: Logger | null = null;
  try {
    const env = readEnvironment(mainEnvironmentSchema, main.env);
    logger = createLogger({ name, level: env.LOG_LEVEL });
    await serve(name, create, { main, env, logger });
  } catch (error) {
    reportFailure(error, main, logger);
  }
}

interface Running {
  readonly main: MainProcess;
  readonly env: z.output<typeof mainEnvironmentSchema>;
  readonly logger: Logger;
}

async function serve(
  name: ServiceName,
  create: (options: CreateOptions) => Promise<ServiceApplication>,
  { main, env, logger }: Running,
): Promise<void> {
  const adminPort = adminPortOf(env, servicePorts[name]);
  const application = await create({ env: main.env, logger });
  const address = await listen(application.server, { host: env.HOST, port: env.PORT ?? servicePorts[name] }, 'PORT');
  const admin = await createAdminServer({ applications: [application], logger, host: env.HOST, port: adminPort });
  onSignals(
    main,
    async () => {
      logger.info({ deadlineMs: env.DRAIN_DEADLINE }, 'Draining.');
      try {
        await application.drain(env.DRAIN_DEADLINE);
      } finally {
        await application.close();
        await admin.close();
      }
      logger.info('Stopped.');
    },
    logger,
  );
  await application.start();
  admin.markStarted();
  logger.info({ host: address.address, port: address.port, adminPort: admin.address.port }, 'Ready.');
}

/** A chosen port has a chosen neighbour; beside a port of the system's choice the system chooses again. */
function adminPortOf(env: Running['env'], defaultPort: number): number {
  if (env.ADMIN_PORT !== undefined) return env.ADMIN_PORT;
  const port = env.PORT ?? defaultPort;
  if (port + ADMIN_PORT_DISTANCE > 65_535)
    throw new ConfigurationError('PORT has a wrong value: PORT + 100 must be a port too, or set ADMIN_PORT.');
  return port === 0 ? 0 : port + ADMIN_PORT_DISTANCE;
}

/** The first signal stops in order, the second at once. Also used by the composition of all services. */
export function onSignals(main: MainProcess, stop: () => Promise<void>, logger: Logger): void {
  let stopping = false;
  const handle = (): void => {
    if (stopping) {
      main.exit(exitCodes.failure);
      return;
    }
    stopping = true;
    stop().then(
      () => main.exit(exitCodes.ok),
      (error: unknown) => {
        logger.error({ err: error }, 'The drain failed.');
        main.exit(exitCodes.failure);
      },
    );
  };
  main.on('SIGTERM', handle);
  main.on('SIGINT', handle);
}

/** Ends the process for an error at start: a configuration error is one sentence, no stack. */
export function reportFailure(error: unknown, main: MainProcess, logger: Logger | null): void {
  if (error instanceof ConfigurationError) {
    main.stderr.write(`${error.message}\n`);
    main.exit(exitCodes.configuration);
    return;
  }
  if (logger) logger.fatal({ err: error }, 'It could not start.');
  else main.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  main.exit(exitCodes.failure);
}
