import { mediaTokens, type Call, type CountedCall, type InputFactor } from '@apilink/dialects';
import type { GateFigures } from '@apilink/holds';
import { offersTokenCount } from '@apilink/providers';

import { AdmissionRefused, type AdmissionService } from '../admission/admission.service.js';
import type { KeyIdentity } from '../admission/authentication.service.js';
import { codeOfBlock, modelRefusal } from '../admission/refusal.errors.js';
import { errorOfProblem, type CallPlanService } from '../call/call-plan.service.js';
import type { RoutedEndpoint } from '../routing-table/routed-model.domain.js';
import type { CountReading, CountRoute } from './count-route.domain.js';
import type { UpstreamCountClient } from './upstream-count.client.js';

/** Counts of one key that are asked for at once; beyond them the estimate is told: counting is free, and must not be abused. */
const ASKED_AT_ONCE_MAX = 4;

export interface TokenCount {
  readonly inputTokens: number;
  /** Ours, and not the provider's own. */
  readonly isEstimated: boolean;
  readonly figures: GateFigures;
}

export interface TokenCountServices {
  readonly plans: CallPlanService;
  readonly admission: AdmissionService;
  readonly inputFactor: InputFactor;
  readonly client: UpstreamCountClient;
}

/** Counts a prompt: by the model's provider where it offers that, else by our own estimate. Nothing is held or charged. */
export class TokenCountService {
  readonly #asking = new Map<string, number>();

  constructor(private readonly services: TokenCountServices) {}

  /** Rejects as the real call does, but for want of money. */
  async count(identity: KeyIdentity, route: CountRoute, reading: CountReading): Promise<TokenCount> {
    const { plans, admission } = this.services;
    if ('problem' in reading) throw errorOfProblem(reading.problem);
    const { call, model, candidates } = plans.plan(reading);
    const { modelId } = model.published;
    const read = await admission.read(identity);
    const figures = read.left;
    if (read.blocked !== null) throw new AdmissionRefused([codeOfBlock[read.blocked]], figures);
    if (read.key.models !== null && !read.key.models.includes(modelId)) {
      throw new AdmissionRefused(modelRefusal(read.key.models, call.facts.model), figures);
    }
    const { requests } = figures;
    if (requests.limit > 0 && requests.remaining <= 0) {
      const details = { limit: String(requests.limit) };
      throw new AdmissionRefused(['rate_limit_requests', details, undefined, requests.resetMs], figures);
    }
    const endpoint = candidates.find((one) => one.dialects.includes(route.dialect) && offersTokenCount(one));
    const told = endpoint === undefined ? null : await this.#ask(identity, route, { call, endpoint });
    return { inputTokens: told ?? this.#estimate(reading, modelId), isEstimated: told === null, figures };
  }

  async #ask(
    { keyId }: KeyIdentity,
    route: CountRoute,
    asked: { readonly call: Call; readonly endpoint: RoutedEndpoint },
  ): Promise<number | null> {
    const running = this.#asking.get(keyId) ?? 0;
    if (running >= ASKED_AT_ONCE_MAX) return null;
    this.#asking.set(keyId, running + 1);
    try {
      return await this.services.client.ask(asked.call, route, asked.endpoint);
    } finally {
      const left = (this.#asking.get(keyId) ?? 1) - 1;
      if (left > 0) this.#asking.set(keyId, left);
      else this.#asking.delete(keyId);
    }
  }

  #estimate({ call, estimatedTextTokens }: CountedCall, modelId: string): number {
    const text = Math.ceil(estimatedTextTokens * this.services.inputFactor.factor(modelId));
    return text + mediaTokens(call.facts.media, modelId);
  }
}
