import type { CredentialReference } from '@apilink/contracts';
import type { CallFacts, CallTarget, UpstreamDialect } from '@apilink/dialects';
import { upstreamCall, upstreamQuirks, type UpstreamClient } from '@apilink/providers';
import { afterNextTry, beginTrying, nextTry, type NextTry, type TriedEndpoint, type TryState } from '@apilink/routing';

import { dialectFor } from '../call/carried-dialect.domain.js';
import type { EndpointHealthService } from '../health-report/endpoint-health.service.js';
import { InvariantError } from '../invariant.errors.js';
import type { EndpointCredentials } from '../routing-table/endpoint-credentials.service.js';
import type { RoutedEndpoint } from '../routing-table/routed-model.domain.js';
import type { AttemptFailure } from './attempt-failure.domain.js';
import type { Generation } from './generation.entity.js';
import { UpstreamAttempt, type AttemptListener } from './upstream-attempt.entity.js';

export interface TryingServices {
  readonly upstream: UpstreamClient;
  readonly credentials: EndpointCredentials;
  readonly health: EndpointHealthService;
  readonly now: () => number;
}

/**
 * Walks the candidates of one generation: which endpoint and credential next, and the dispatch itself. What an attempt's
 * result means for the request is not decided here.
 */
export class EndpointTrying {
  #state: TryState | null = null;
  #candidate = 0;
  #credentials: readonly CredentialReference[] = [];
  #credential = 0;
  #triedIds = 0;

  constructor(
    private readonly generation: Generation,
    private readonly services: TryingServices,
    private readonly firstByteMs: number,
  ) {}

  get tries(): number {
    return this.#triedIds;
  }

  /** The endpoint that is tried now, or was tried last. */
  get endpoint(): RoutedEndpoint | null {
    return this.generation.facts.candidates[this.#candidate] ?? null;
  }

  /** When the first byte has to be there, all attempts together, on the wall clock; 0 before the first try. */
  get deadlineAt(): number {
    return this.#state?.deadlineAt ?? 0;
  }

  /** The first attempt. */
  begin(listener: AttemptListener): UpstreamAttempt | null {
    const endpoint = this.endpoint;
    if (endpoint === null) return null;
    this.#state = beginTrying(this.#enter(endpoint), this.generation.facts.candidates.length, this.#deadline());
    return this.#dispatch(endpoint, listener);
  }

  /** What to do after a failure. */
  decide(failure: AttemptFailure): NextTry {
    const { status, retryAfterMs } = failure;
    if (this.#state === null) return { kind: 'give_up', waitMs: 0 };
    return nextTry(this.#state, { class: failure.class, status, retryAfterMs, at: this.services.now() });
  }

  /** The attempt that `decide` decided on. */
  proceed(kind: 'same' | 'rotate' | 'next', listener: AttemptListener): UpstreamAttempt | null {
    if (kind === 'next') this.#candidate++;
    if (kind === 'rotate') this.#credential++;
    const endpoint = this.endpoint;
    if (endpoint === null || this.#state === null) return null;
    const tried = kind === 'next' ? this.#enter(endpoint) : this.#tried();
    this.#state = afterNextTry(this.#state, kind, tried);
    return this.#dispatch(endpoint, listener);
  }

  /** An upstream refused its credential: it is not used again for a while. */
  refuseCredential(attempt: UpstreamAttempt): void {
    const { credential, endpoint } = attempt.setting;
    if (credential !== null) this.services.credentials.refused(endpoint.provider, credential);
  }

  #enter(endpoint: RoutedEndpoint): TriedEndpoint {
    this.#credentials = this.services.credentials.usable(endpoint);
    this.#credential = 0;
    return this.#tried();
  }

  #tried(): TriedEndpoint {
    return { credentials: Math.max(1, this.#credentials.length), isOrdered: false, isSticky: false };
  }

  #dispatch(endpoint: RoutedEndpoint, listener: AttemptListener): UpstreamAttempt {
    const { services } = this;
    const { call, face } = this.generation.facts;
    const { stream } = call.facts;
    const credential = this.#credentials[this.#credential] ?? null;
    const target = this.#targetOf(endpoint);
    const attempt = new UpstreamAttempt(
      {
        endpoint,
        credential,
        dialect: target.dialect,
        meter: stream ? call.openStream(target, face) : null,
        readAnswer: (body) => call.readAnswer(body, target, face),
        facts: call.facts,
        startedAt: services.now(),
        now: services.now,
      },
      listener,
    );
    this.#triedIds++;
    services.health.attemptStarted(endpoint.endpointId);
    const request = call.request(target);
    attempt.call = services.upstream.dispatch(
      {
        ...upstreamCall({
          endpoint,
          dialect: target.dialect,
          stream,
          secret: services.credentials.secretOf(credential),
          request,
          operation: request.operation ?? null,
        }),
        timeouts: {
          connectMs: endpoint.timeouts.connectMs,
          // The first byte and the whole answer are watched by the run: a late endpoint may still win.
          firstByteMs: 0,
          idleMs: stream ? idleMsOf(call.facts, endpoint) : 0,
        },
        allowPrivateAddress: endpoint.allowPrivateAddress,
      },
      attempt,
    );
    if (attempt.isOver) attempt.call.cancel();
    return attempt;
  }

  #targetOf(endpoint: RoutedEndpoint): CallTarget {
    return {
      dialect: this.#dialectOf(endpoint),
      model: endpoint.upstreamModel,
      maxTokens: this.#outputLimit(endpoint),
      maxOutputTokens: endpoint.maxOutputTokens,
      traits: upstreamQuirks(endpoint),
    };
  }

  /** Only endpoints that the call can be said to are candidates. */
  #dialectOf(endpoint: RoutedEndpoint): UpstreamDialect {
    const dialect = dialectFor(endpoint, this.generation.facts.dialects);
    if (dialect === null) throw new InvariantError(`no dialect for ${endpoint.endpointId}`);
    return dialect;
  }

  /** Null leaves what the client wrote. */
  #outputLimit(endpoint: RoutedEndpoint): number | null {
    const { output, call } = this.generation.facts;
    const asked = output.clampedTo ?? call.facts.maxTokens;
    if (asked !== null && asked > endpoint.maxOutputTokens) return endpoint.maxOutputTokens;
    return output.clampedTo;
  }

  /** An endpoint that may take longer to begin, or to answer as a whole, gets its time. */
  #deadline(): number {
    const { candidates, call } = this.generation.facts;
    const isTurn = call.facts.stream && call.facts.units === null;
    const longest = candidates.reduce(
      (ms, { timeouts }) => Math.max(ms, isTurn ? timeouts.firstTokenMs : timeouts.answerMs),
      this.firstByteMs,
    );
    return this.services.now() + longest;
  }
}

/** Between two partial pictures nothing comes for as long as a whole one takes. */
function idleMsOf({ units }: CallFacts, { timeouts }: RoutedEndpoint): number {
  return units !== null && units.images > 0 ? timeouts.answerMs : timeouts.idleMs;
}
