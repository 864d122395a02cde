import type { AttemptClass } from '@apilink/contracts';
import { costOf, type UsageVector } from '@apilink/pricing';

import type { EndpointHealthService } from '../health-report/endpoint-health.service.js';
import type { EdgeMetrics } from '../observability/edge-metrics.service.js';
import type { Generation } from './generation.entity.js';
import type { UpstreamAttempt } from './upstream-attempt.entity.js';

/** Writes down what became of each attempt: for the receipt, for the endpoint's health, for the metrics. */
export class AttemptRecorder {
  constructor(
    private readonly health: EndpointHealthService,
    private readonly metrics: EdgeMetrics,
    private readonly now: () => number,
  ) {}

  record(generation: Generation, attempt: UpstreamAttempt, attemptClass: AttemptClass): void {
    const { endpoint, credential, startedAt } = attempt.setting;
    const { usage } = attempt;
    const durationMs = Math.max(0, this.now() - startedAt);
    generation.attempts.push({
      endpointId: endpoint.endpointId,
      provider: endpoint.provider,
      credential: credential?.id ?? 'none',
      startedAt,
      firstTokenMs: attempt.firstTokenMs,
      durationMs,
      class: attemptClass,
      status: attempt.status,
      usage,
      costNanoUsd: usage === null ? null : this.#costOf(generation, attempt, usage),
    });
    const { firstTokenMs } = attempt;
    const outputTokens = usage?.output ?? attempt.meter?.outputTokens ?? attempt.answer?.outputTokens ?? 0;
    const finished = { class: attemptClass, firstTokenMs, outputTokens, outputMs: durationMs };
    this.health.attemptEnded(endpoint.endpointId, finished, startedAt);
    this.metrics.upstreamRequest(endpoint.provider, attemptClass);
  }

  failedOver(): void {
    this.metrics.failovers.inc();
  }

  /** What the provider will bill us. */
  #costOf(generation: Generation, attempt: UpstreamAttempt, usage: UsageVector): bigint {
    const serviceTier = attempt.meter?.serviceTier ?? attempt.answer?.serviceTier ?? null;
    const at = generation.facts.hold.openedAt;
    return costOf(usage, attempt.endpoint.card, { side: 'cost', at, serviceTier }).totalNanoUsd;
  }
}
