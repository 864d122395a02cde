import { z } from 'zod';

const HEADER = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x20-\x7e]*?)\s*$/;

/** `name=value` pairs separated by commas, values percent-encoded (OpenTelemetry, "Protocol exporter"). */
const headersSchema = z.string().transform((text, context) => {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const [, name, value] = HEADER.exec(pair) ?? [];
    const decoded = value === undefined ? null : percentDecoded(value);
    if (name === undefined || decoded === null) {
      context.addIssue({ code: 'custom', message: 'expected name=value pairs separated by commas' });
      return z.NEVER;
    }
    headers[name] = decoded;
  }
  return headers;
});

const ratioSchema = z
  .string()
  .regex(/^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/, 'expected a share from 0 to 1')
  .transform(Number);

/** Variables of traces, by the names that OpenTelemetry gave them; every service reads them. */
export const telemetryVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
    .optional()
    .describe('Base URL of an OTLP collector (HTTP, protobuf); traces go to `/v1/traces` below it; default: no traces'),
  OTEL_EXPORTER_OTLP_HEADERS: headersSchema
    .optional()
    .describe('Headers for the collector, `name=value` separated by commas'),
  OTEL_TRACES_SAMPLER_ARG: ratioSchema
    .prefault('1')
    .describe('Share of new traces that is sampled, 0 to 1; a caller’s `traceparent` decides for its own trace'),
  OTEL_SERVICE_NAME: z.string().min(1).max(200).optional().describe('Name in traces; default: the service’s'),
};
export const telemetryEnvironmentSchema = z.object(telemetryVariables);
export type TelemetryEnvironment = z.output<typeof telemetryEnvironmentSchema>;

function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
