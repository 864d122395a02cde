import { readEnvironment, type Environment } from '../config/environment.js';
import type { Logger } from '../logger/logger.js';
import { telemetryEnvironmentSchema } from './telemetry-variables.js';
import { noTracing, type Tracing } from './tracing.js';

export interface TracingOptions {
  /** Name of the application, unless OTEL_SERVICE_NAME says otherwise. */
  readonly service: string;
  readonly env: Environment;
  readonly logger: Logger;
  /** From 0 to 1, for the sampling of new traces. */
  readonly random?: () => number;
}

/**
 * The traces of an application, as its environment says. Without OTEL_EXPORTER_OTLP_ENDPOINT there are none, and
 * OpenTelemetry is not even loaded. Rejects with ConfigurationError, one sentence with the variable.
 */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const environment = readEnvironment(telemetryEnvironmentSchema, options.env);
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = environment;
  if (endpoint === undefined) return noTracing;
  const { OtlpTracing } = await import('./otlp-tracing.js');
  return new OtlpTracing({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: environment.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    ratio: environment.OTEL_TRACES_SAMPLER_ARG,
    service: environment.OTEL_SERVICE_NAME ?? options.service,
    logger: options.logger,
    random: options.random ?? Math.random,
  });
}
