import type { AccountId, GenerationId } from '@apilink/contracts';
import {
  periodCandidates,
  type AdmitReply,
  type AdmitRequest,
  type GateFigures,
  type HoldStore,
  type KeyLimits,
  type PeriodCandidates,
} from '@apilink/holds';
import { ApiError, type Failpoints } from '@apilink/service';

import { unexpected } from '../invariant.errors.js';
import type { StoreClock } from '../metering/store-clock.service.js';
import type { KeyIdentity } from './authentication.service.js';
import type { BillingClient } from './billing.client.js';
import type { HoldPlan } from './hold-plan.domain.js';
import type { HoldReleaseService } from './hold-release.service.js';
import { errorOfRefusal } from './refusal.errors.js';

/** While the gate is quiet after a loss, clients come back within a second: jitter adds up to half of this. */
const QUIET_RETRY_MS = 660;
/**
 * The gate's clock picks the period, from two that the edge names. An edge whose clock is ahead by no more than this
 * names the one that the gate is still in, also before it knows how far it is ahead.
 */
const CLOCK_AHEAD_MS_MAX = 15 * 60_000;

export interface AdmissionServices {
  readonly store: HoldStore;
  readonly billing: BillingClient;
  readonly releases: HoldReleaseService;
  readonly storeClock: StoreClock;
  readonly failpoints: Failpoints;
  readonly defaults: KeyLimits;
  readonly holdExpiryMs: number;
}

export interface AdmissionQuestion {
  readonly identity: KeyIdentity;
  readonly holdId: GenerationId;
  readonly plan: HoldPlan;
  readonly choices: number;
}

export type Grant = Extract<AdmitReply, { outcome: 'granted' }>;

/** An error of the catalogue with the figures that the gate told beside its refusal. */
export class AdmissionRefused extends ApiError {
  constructor(
    error: ConstructorParameters<typeof ApiError>,
    readonly figures: GateFigures | null,
  ) {
    super(...error);
  }
}

/** The one admission of a request: balance, caps and limits in one round trip to the gate. */
export class AdmissionService {
  readonly #loading = new Map<AccountId, Promise<void>>();

  constructor(private readonly services: AdmissionServices) {}

  /** Rejects with AdmissionRefused; nothing is held then. */
  async admit(question: AdmissionQuestion): Promise<Grant> {
    const request = this.#request(question);
    const first = await this.#ask(request);
    if (first.outcome !== 'not_loaded') return granted(first, question.plan);
    await this.#load(question.identity.accountId);
    return granted(await this.#ask(request), question.plan);
  }

  /** What the gate knows of key and account; null while it is away or does not know them. */
  async figures(identity: KeyIdentity): Promise<GateFigures | null> {
    try {
      const reply = await this.read(identity);
      return reply.left;
    } catch {
      return null;
    }
  }

  /** Rejects with `billing_unavailable` when neither gate nor billing can tell. */
  async read(identity: KeyIdentity) {
    const { accountId, keyId, timeZone } = identity;
    const { store, defaults } = this.services;
    const ask = async () => this.#ours(async () => store.read(accountId, keyId, this.#periods(timeZone), defaults));
    const first = await ask();
    if (first.outcome === 'read') return first;
    await this.#load(accountId);
    const second = await ask();
    if (second.outcome === 'read') return second;
    throw new ApiError('billing_unavailable');
  }

  #request({ identity, holdId, plan, choices }: AdmissionQuestion): AdmitRequest {
    return {
      accountId: identity.accountId,
      keyId: identity.keyId,
      holdId,
      amountNanoUsd: plan.amountNanoUsd,
      leastNanoUsd: plan.leastNanoUsd,
      tokens: plan.question.estimatedInputTokens + plan.question.outputTokens * choices,
      periods: this.#periods(identity.timeZone),
      defaults: this.services.defaults,
      expiryMs: this.services.holdExpiryMs,
    };
  }

  #periods(timeZone: string): PeriodCandidates {
    return periodCandidates(timeZone, this.services.storeClock.read() - CLOCK_AHEAD_MS_MAX);
  }

  async #ask(request: AdmitRequest): Promise<AdmitReply> {
    const { store, storeClock, failpoints, releases } = this.services;
    try {
      const reply = await store.admit(request);
      if (reply.outcome === 'granted') {
        failpoints.reach('admission.granted');
        storeClock.note(reply.admittedAt);
      }
      return reply;
    } catch (error) {
      // It may have been admitted and the answer lost: the hold is given back as soon as the gate listens again.
      void releases.release(request.accountId, request.holdId);
      throw new AdmissionRefused(['billing_unavailable', {}, error], null);
    }
  }

  /** One load per account at a time, whoever waits for it. */
  async #load(accountId: AccountId): Promise<void> {
    const running =
      this.#loading.get(accountId) ??
      this.services.billing.loadAccount(accountId).finally(() => this.#loading.delete(accountId));
    this.#loading.set(accountId, running);
    await this.#ours(async () => running);
  }

  async #ours<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask();
    } catch (error) {
      throw new AdmissionRefused(['billing_unavailable', {}, error], null);
    }
  }
}

function granted(reply: AdmitReply, plan: HoldPlan): Grant {
  switch (reply.outcome) {
    case 'granted':
      return reply;
    case 'refused': {
      const { code, details, retryAfterMs } = errorOfRefusal(reply.refusal, plan.leastNanoUsd);
      throw new AdmissionRefused([code, details, undefined, retryAfterMs], reply.left);
    }
    case 'quiet':
      throw new AdmissionRefused(['billing_unavailable', {}, undefined, QUIET_RETRY_MS], null);
    case 'not_loaded':
    case 'gone':
      throw new AdmissionRefused(['billing_unavailable'], null);
    default:
      throw unexpected(reply);
  }
}
