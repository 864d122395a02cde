/**
 * Upstream headers that a client may see. Nothing that names our account there, and never `openai-model`: when it differs
 * from the request, Codex tells its user that the account was flagged.
 */
const passedHeaders = ['openai-processing-ms', 'openai-version'];

export function passedResponseHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of passedHeaders) {
    const value = headers[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

/** Longer wishes are an error of the upstream's clock. */
const RETRY_AFTER_MS_MAX = 24 * 60 * 60 * 1000;

/**
 * How long the upstream wants us to wait: `retry-after-ms`, else `retry-after` in seconds or as a date (RFC 9110, 10.2.3).
 * Null without a readable one.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | null {
  const exact = decimal(headers['retry-after-ms']);
  if (exact !== null) return bounded(exact);
  const text = headers['retry-after'];
  const seconds = decimal(text);
  if (seconds !== null) return bounded(seconds * 1000);
  // Only a date with a weekday is one: Date.parse reads much else.
  const date = text !== undefined && /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : bounded(date - nowMs);
}

function decimal(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d{1,12}(?:\.\d{1,9})?\s*$/.test(text) ? Number(text) : null;
}

function bounded(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), RETRY_AFTER_MS_MAX);
}
