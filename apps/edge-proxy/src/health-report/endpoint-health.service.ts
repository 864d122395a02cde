import { endpointAttemptsSchema, topics } from '@apilink/contracts';
import type { EventLog } from '@apilink/events';
import {
  circuitAt,
  failureShare,
  healthyState,
  recordAttempt,
  startProbe,
  stricter,
  type Circuit,
  type HealthState,
  type Pace,
} from '@apilink/routing';
import { uuidV7, type Logger } from '@apilink/service';
import { z } from 'zod';

import type { RoutingTableService } from '../routing-table/routing-table.service.js';
import { AttemptCount, type FinishedAttempt } from './attempt-count.domain.js';
import { EndpointSpeed } from './endpoint-speed.domain.js';

const REPORT_MS = 1_000;
/** Reports are hints: while the log is away no more of them than this wait, the oldest go first. */
const REPORTS_WAITING_MAX = 1_000;

/** Health of every endpoint as this edge sees it at once, joined with the router's view of all edges. */
export class EndpointHealthService {
  readonly #states = new Map<string, HealthState>();
  readonly #speeds = new Map<string, EndpointSpeed>();
  readonly #count: AttemptCount;
  #waiting: z.input<typeof endpointAttemptsSchema>[] = [];
  #timer: NodeJS.Timeout | null = null;
  #isPublishing = false;

  constructor(
    private readonly log: EventLog,
    private readonly table: RoutingTableService,
    private readonly logger: Logger,
    private readonly options: { readonly edgeId: string; readonly now: () => number },
  ) {
    this.#count = new AttemptCount(options.edgeId);
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#report(), REPORT_MS);
  }

  /** Publishes what was counted so far, whatever second it is in. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#report(this.options.now() + REPORT_MS);
  }

  circuitOf(endpointId: string): Circuit {
    const own = this.#states.get(endpointId);
    const ownCircuit = own === undefined ? 'closed' : circuitAt(own, this.options.now());
    const merged = this.table.stateOf(endpointId)?.circuit;
    return merged === undefined ? ownCircuit : stricter(ownCircuit, merged);
  }

  failureShareOf(endpointId: string): number {
    const own = this.#states.get(endpointId);
    return own === undefined ? 0 : failureShare(own, this.options.now());
  }

  /** What all edges measured lately, by the router; nothing while it is silent. */
  paceOf(endpointId: string): Pace {
    const state = this.table.stateOf(endpointId);
    return {
      tokensPerSecond: state?.outputTokensPerSecond ?? null,
      firstTokenMs: state?.firstTokenMs?.p50 ?? null,
    };
  }

  topTokensPerSecond(endpointId: string): number {
    return this.#speedOf(endpointId).topTokensPerSecond;
  }

  /** To be called when a request is sent: a half-open endpoint takes one probe at a time. */
  attemptStarted(endpointId: string): void {
    const own = this.#states.get(endpointId);
    if (own === undefined || circuitAt(own, this.options.now()) !== 'half-open') return;
    this.#states.set(endpointId, startProbe(own, this.options.now()));
  }

  attemptEnded(endpointId: string, attempt: FinishedAttempt, startedAt: number): void {
    const now = this.options.now();
    const own = this.#states.get(endpointId) ?? healthyState;
    this.#states.set(endpointId, recordAttempt(own, attempt.class, now, startedAt));
    this.#count.add(endpointId, attempt, now);
    if (attempt.class === 'ok') this.#speedOf(endpointId).learn(attempt.outputTokens, attempt.outputMs);
  }

  #speedOf(endpointId: string): EndpointSpeed {
    const known = this.#speeds.get(endpointId);
    if (known !== undefined) return known;
    const speed = new EndpointSpeed();
    this.#speeds.set(endpointId, speed);
    return speed;
  }

  async #report(until: number = this.options.now()): Promise<void> {
    const ended = this.#count.takeEnded(until).map((attempts) => z.encode(endpointAttemptsSchema, attempts));
    this.#waiting = [...this.#waiting, ...ended].slice(-REPORTS_WAITING_MAX);
    if (this.#waiting.length === 0 || this.#isPublishing) return;
    const reports = this.#waiting;
    this.#waiting = [];
    this.#isPublishing = true;
    try {
      await this.log.publish(reports.map((report) => this.#event(report)));
    } catch (error) {
      this.#waiting = [...reports, ...this.#waiting].slice(-REPORTS_WAITING_MAX);
      this.logger.debug({ err: error }, 'health reports wait for the event log');
    } finally {
      this.#isPublishing = false;
    }
  }

  #event(report: z.input<typeof endpointAttemptsSchema>) {
    return {
      topic: topics.health.name,
      key: report.endpointId,
      id: uuidV7(this.options.now()),
      type: 'endpoint.attempts',
      source: 'edge-proxy',
      time: this.options.now(),
      body: JSON.stringify(report),
    };
  }
}
