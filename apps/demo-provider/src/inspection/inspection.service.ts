import { Inject, Injectable } from '@nestjs/common';

import { CLOCK, type Clock } from '../demo-provider.config.js';
import { countEnd, countStart, noCounts, type ModelCounts, type ObservedRequest } from './inspection.domain.js';

/** Older requests are forgotten; the counters keep them. */
const REQUESTS_KEPT_MAX = 10_000;

/** Remembers what was asked and how it ended. */
@Injectable()
export class InspectionService {
  readonly #counts = new Map<string, ModelCounts>();
  readonly #requests = new Map<string, ObservedRequest>();

  constructor(@Inject(CLOCK) private readonly now: Clock) {}

  /** How often a model was asked before, since the last reset. */
  timesAsked(model: string): number {
    return this.#counts.get(model)?.started ?? 0;
  }

  started(request: Pick<ObservedRequest, 'id' | 'dialect' | 'model' | 'stream' | 'user' | 'maxTokens'>): void {
    this.#counts.set(request.model, countStart(this.#counts.get(request.model) ?? noCounts));
    const [oldest] = this.#requests.keys();
    if (oldest !== undefined && this.#requests.size >= REQUESTS_KEPT_MAX) this.#requests.delete(oldest);
    this.#requests.set(request.id, { ...request, startedAt: this.now(), state: 'running', endedAt: null, tokens: 0 });
  }

  /** Counts an end once; what comes later for the same request is ignored. */
  ended(id: string, state: 'finished' | 'failed' | 'cancelled', tokens: number): void {
    const request = this.#requests.get(id);
    if (request?.state !== 'running') return;
    this.#requests.set(id, { ...request, state, endedAt: this.now(), tokens });
    this.#counts.set(request.model, countEnd(this.#counts.get(request.model) ?? noCounts, state, tokens));
  }

  report(): { readonly models: Record<string, ModelCounts>; readonly requests: readonly ObservedRequest[] } {
    return { models: Object.fromEntries(this.#counts), requests: [...this.#requests.values()] };
  }

  reset(): void {
    this.#counts.clear();
    this.#requests.clear();
  }
}
