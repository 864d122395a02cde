import type { EndpointAttempts, EndpointState } from '@apilink/contracts';
import { circuitAt, healthyState, recordCounts, type Circuit, type HealthState } from '@apilink/routing';
import { DDSketch } from '@datadog/sketches-js';

const MINUTE_MS = 60_000;
const SHORT_MINUTES = 5;
const LONG_MINUTES = 30;
/** Percentiles are right to one percent. */
const RELATIVE_ACCURACY = 0.01;

/** What all edges saw in one minute. */
interface MinuteBucket {
  readonly minute: number;
  succeeded: number;
  failed: number;
  outputTokens: number;
  outputMs: number;
  readonly firstToken: DDSketch;
}

/** Classes that say nothing about the endpoint. */
const neutral: ReadonlySet<string> = new Set(['cancelled', 'request_refused']);

/** The merged view of one endpoint: its circuit, and half an hour of minutes. */
export class EndpointHealth {
  #state: HealthState = healthyState;
  #since: number;
  #circuit: Circuit = 'closed';
  readonly #minutes: MinuteBucket[] = [];

  constructor(
    private readonly endpointId: string,
    nowMs: number,
  ) {
    this.#since = nowMs;
  }

  record(attempts: EndpointAttempts, nowMs: number): void {
    this.#state = recordCounts(this.#state, attempts.counts, attempts.second, nowMs);
    const bucket = this.#bucketOf(Math.min(attempts.second, nowMs), nowMs);
    if (!bucket) return;
    for (const [outcome, count] of Object.entries(attempts.counts)) {
      if (outcome === 'ok') bucket.succeeded += count;
      else if (!neutral.has(outcome)) bucket.failed += count;
    }
    for (const ms of attempts.firstTokenMs) bucket.firstToken.accept(ms);
    bucket.outputTokens += attempts.outputTokens;
    bucket.outputMs += attempts.outputMs;
  }

  /** What is to be published now. */
  stateAt(nowMs: number): EndpointState {
    this.#forget(nowMs);
    const circuit = circuitAt(this.#state, nowMs);
    if (circuit !== this.#circuit) {
      this.#circuit = circuit;
      this.#since = nowMs;
    }
    const recent = this.#minutes.filter(({ minute }) => minute > minuteOf(nowMs) - SHORT_MINUTES);
    return {
      endpointId: this.endpointId,
      circuit,
      reason: this.#state.opening?.reason ?? null,
      since: this.#since,
      firstTokenMs: percentilesOf(recent),
      outputTokensPerSecond: throughputOf(recent),
      uptime5m: uptimeOf(recent),
      uptime30m: uptimeOf(this.#minutes),
    };
  }

  /** Nothing was seen for half an hour and nothing is wrong: the endpoint may be forgotten. */
  isIdle(nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#minutes.length === 0;
  }

  #bucketOf(at: number, nowMs: number): MinuteBucket | null {
    const minute = minuteOf(at);
    if (minute <= minuteOf(nowMs) - LONG_MINUTES) return null;
    const found = this.#minutes.find((bucket) => bucket.minute === minute);
    if (found) return found;
    const firstToken = new DDSketch({ relativeAccuracy: RELATIVE_ACCURACY });
    const bucket = { minute, succeeded: 0, failed: 0, outputTokens: 0, outputMs: 0, firstToken };
    this.#minutes.push(bucket);
    return bucket;
  }

  #forget(nowMs: number): void {
    const oldest = minuteOf(nowMs) - LONG_MINUTES;
    for (let index = this.#minutes.length - 1; index >= 0; index--)
      if ((this.#minutes[index]?.minute ?? 0) <= oldest) this.#minutes.splice(index, 1);
  }
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS);
}

function percentilesOf(minutes: readonly MinuteBucket[]): EndpointState['firstTokenMs'] {
  const merged = new DDSketch({ relativeAccuracy: RELATIVE_ACCURACY });
  for (const { firstToken } of minutes) if (firstToken.count > 0) merged.merge(firstToken);
  if (merged.count === 0) return null;
  const at = (quantile: number): number => Math.round(merged.getValueAtQuantile(quantile));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function throughputOf(minutes: readonly MinuteBucket[]): number | null {
  const tokens = minutes.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  const ms = minutes.reduce((sum, { outputMs }) => sum + outputMs, 0);
  return ms === 0 ? null : Math.round((tokens * 10_000) / ms) / 10;
}

function uptimeOf(minutes: readonly MinuteBucket[]): number | null {
  const succeeded = minutes.reduce((sum, bucket) => sum + bucket.succeeded, 0);
  const all = succeeded + minutes.reduce((sum, bucket) => sum + bucket.failed, 0);
  return all === 0 ? null : Math.round((succeeded / all) * 10_000) / 10_000;
}
