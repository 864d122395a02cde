import type { CredentialReference } from '@apilink/contracts';
import { ChatStreamMeter, spliceChatRequest } from '@apilink/dialects';
import { chatRequestHeaders, upstreamQuirks, type UpstreamClient } from '@apilink/providers';
import { afterNextTry, beginTrying, nextTry, type NextTry, type TriedEndpoint, type TryState } from '@apilink/routing';

import type { EndpointHealthService } from '../health-report/endpoint-health.service.js';
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
  /** The id of the stream that the client has seen, from the first attempt that told one. */
  #streamId: string | null = null;

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
    const { request, body, splices, modelId, wire, hold } = this.generation.facts;
    const credential = this.#credentials[this.#credential] ?? null;
    const quirks = upstreamQuirks(endpoint);
    const meter = request.stream
      ? new ChatStreamMeter({
          model: modelId,
          id: this.#streamId,
          standIn: { id: wire, createdSeconds: Math.floor(hold.openedAt / 1000) },
          includeUsage: request.includeUsage,
          choices: request.choices,
          quirks,
        })
      : null;
    const startedAt = services.now();
    const attempt = new UpstreamAttempt(
      { endpoint, credential, quirks, meter, choices: request.choices, startedAt, now: services.now },
      listener,
    );
    this.#triedIds++;
    services.health.attemptStarted(endpoint.endpointId);
    attempt.call = services.upstream.dispatch(
      {
        baseUrl: endpoint.baseUrl,
        path: '/chat/completions',
        headers: chatRequestHeaders({ secret: services.credentials.secretOf(credential), stream: request.stream }),
        body: spliceChatRequest(body, splices, {
          model: endpoint.upstreamModel,
          includeUsage: request.stream,
          maxTokens: this.#outputLimit(endpoint),
          maxTokensKey: quirks.maxTokensKey,
        }),
        timeouts: {
          connectMs: endpoint.timeouts.connectMs,
          // The first byte and the whole answer are watched by the run: a late endpoint may still win.
          firstByteMs: 0,
          idleMs: request.stream ? endpoint.timeouts.idleMs : 0,
        },
        allowPrivateAddress: endpoint.allowPrivateAddress,
      },
      attempt,
    );
    if (attempt.isOver) attempt.call.cancel();
    return attempt;
  }

  /** Null leaves what the client wrote. */
  #outputLimit(endpoint: RoutedEndpoint): number | null {
    const { output, request } = this.generation.facts;
    const asked = output.clampedTo ?? request.maxTokens;
    if (asked !== null && asked > endpoint.maxOutputTokens) return endpoint.maxOutputTokens;
    return output.clampedTo;
  }

  /** An endpoint that may take longer to begin, or to answer as a whole, gets its time. */
  #deadline(): number {
    const { candidates, request } = this.generation.facts;
    const longest = candidates.reduce(
      (ms, { timeouts }) => Math.max(ms, request.stream ? timeouts.firstTokenMs : timeouts.answerMs),
      this.firstByteMs,
    );
    return this.services.now() + longest;
  }

  /** Remembers the id that the client has seen: an answer's id stays the first attempt's. */
  keepStreamId(meter: ChatStreamMeter | null): void {
    this.#streamId ??= meter?.id ?? null;
  }
}
