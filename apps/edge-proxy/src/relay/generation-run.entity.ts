import { HoldGrowth, type GrowthListener } from '../metering/hold-growth.entity.js';
import type { HoldKeeper } from '../metering/hold-keeper.service.js';
import { failureOf, failureWords, type AttemptFailure } from './attempt-failure.domain.js';
import type { AttemptRecorder } from './attempt-recorder.service.js';
import type { ClientAnswer } from './client-answer.entity.js';
import type { ClosingService } from './closing.service.js';
import { EndpointTrying, type TryingServices } from './endpoint-trying.entity.js';
import type { Generation } from './generation.entity.js';
import { admitted, progressAfter, type Ended, type Progress, type ProgressEvent } from './outcome.domain.js';
import type { RelayLimits } from './relay-limits.config.js';
import { streamHeaders } from './stream-header.factory.js';
import type { AttemptListener, UpstreamAttempt } from './upstream-attempt.entity.js';

export interface RunServices extends TryingServices {
  readonly keeper: HoldKeeper;
  readonly recorder: AttemptRecorder;
  readonly closing: ClosingService;
  readonly limits: RelayLimits;
  readonly monotonic: () => number;
  /** Tells the registry that the run has ended. */
  readonly ended: (run: GenerationRun) => void;
}

/**
 * Relays one admitted call: tells what happens to the pure progress of `outcome.domain.ts` and does what that
 * decides. It owns the order of things and nothing else.
 */
export class GenerationRun implements AttemptListener, GrowthListener {
  #progress: Progress = admitted;
  #attempt: UpstreamAttempt | null = null;
  #lastFailure: AttemptFailure | null = null;
  #finishingSince = 0;
  #isPaused = false;
  #retryTimer: NodeJS.Timeout | null = null;
  readonly #trying: EndpointTrying;
  readonly #growth: HoldGrowth;
  readonly #clientClosed = (): void => this.#noteClientClose();

  constructor(
    readonly generation: Generation,
    readonly answer: ClientAnswer,
    private readonly services: RunServices,
  ) {
    this.#trying = new EndpointTrying(generation, services, services.limits.firstByteMs);
    this.#growth = new HoldGrowth(generation, services.keeper, this, services.monotonic);
  }

  start(): void {
    this.generation.facts.hold.whenGone = () => this.abort('the hold has ended at the gate');
    if (this.answer.isGone) {
      this.#apply({ kind: 'client_closed', deadlinePassed: false });
      this.#apply({ kind: 'turn_ended' });
      return;
    }
    this.answer.connection.onClose(this.#clientClosed);
    const { monotonic } = this.services;
    this.generation.overheadMs = monotonic() - this.generation.facts.bodyReadAt;
    this.#take(this.#trying.begin(this));
  }

  /** Our drain or deadline cuts the request. */
  abort(reason: string): void {
    this.#apply({ kind: 'gateway_aborted', reason });
  }

  /** Called by the registry several times a second. */
  tick(): void {
    if (this.#progress.phase === 'ended') return;
    this.#keepAlive();
    this.#watchDeadlines();
    this.#watchOutput();
    this.#watchReader();
  }

  answerBegun(attempt: UpstreamAttempt): void {
    if (attempt === this.#attempt || this.#attempt === null) this.#apply({ kind: 'answer_begun' });
  }

  contentBegun(attempt: UpstreamAttempt): void {
    this.generation.answeredBy = attempt.endpoint;
    if (attempt.meter?.isEmpty !== true) this.#apply({ kind: 'content' });
  }

  forward(attempt: UpstreamAttempt, bytes: Buffer): boolean {
    if (this.#progress.phase === 'ended') return true;
    if (!this.answer.isCommitted) this.#commit();
    const takesMore = this.answer.write(bytes);
    const tokensSeen = attempt.meter?.outputTokens ?? 0;
    if (tokensSeen >= this.#growth.askFromTokens) this.#watchOutput();
    // Behind the finish reason only the usage comes: it is not left to a reader's pace.
    const isFinishing = attempt.meter?.phase === 'finishing';
    const goesOn = isFinishing || (takesMore && !this.#growth.mustPause(tokensSeen));
    if (!goesOn) this.#pause();
    return goesOn;
  }

  finishing(_attempt: UpstreamAttempt, reason: string): void {
    this.#finishingSince = this.services.monotonic();
    this.#apply({ kind: 'finish_reason', reason });
  }

  reopened(): void {
    this.#apply({ kind: 'reopened' });
  }

  complete(attempt: UpstreamAttempt): void {
    this.services.recorder.record(this.generation, attempt, 'ok');
    this.#apply({ kind: 'terminal', isEmpty: attempt.meter?.isEmpty ?? attempt.answer?.isEmpty ?? false });
  }

  failed(attempt: UpstreamAttempt, failure: AttemptFailure): void {
    this.services.recorder.record(this.generation, attempt, failure.class);
    this.#lastFailure = failure;
    if (failure.class === 'credential_refused') this.#trying.refuseCredential(attempt);
    if (failure.class !== 'connect_error') this.#apply({ kind: 'sent' });
    if (this.#progress.phase === 'content' || this.#progress.phase === 'finishing') {
      this.#apply({ kind: 'upstream_broke', reason: `${attempt.endpoint.provider}: ${failureWords[failure.class]}` });
      return;
    }
    this.#tryOn(attempt, failure);
  }

  growthRefused(): void {
    this.#apply({ kind: 'growth_refused' });
  }

  growthSettled(): void {
    this.#resume();
  }

  #tryOn(attempt: UpstreamAttempt, failure: AttemptFailure): void {
    if (this.#progress.phase === 'ended') return;
    const { kind, waitMs } = this.#trying.decide(failure);
    if (kind === 'give_up') {
      const reason = `${attempt.endpoint.provider}: ${failureWords[failure.class]}`;
      this.#apply({ kind: failure.refusal === null ? 'attempts_failed' : 'upstream_refused', reason });
      return;
    }
    // A client that is gone ends the request with this turn; no other endpoint is bothered.
    if (this.answer.isGone) return;
    if (kind === 'next') this.services.recorder.failedOver();
    if (waitMs === 0) this.#take(this.#trying.proceed(kind, this));
    else this.#retryTimer = setTimeout(() => this.#take(this.#trying.proceed(kind, this)), waitMs);
  }

  /** An attempt may have failed, and another begun, before it was given to us. */
  #take(attempt: UpstreamAttempt | null): void {
    this.#retryTimer = null;
    if (attempt !== null && !attempt.isOver) this.#attempt = attempt;
  }

  #apply(event: ProgressEvent): void {
    const before = this.#progress;
    this.#progress = progressAfter(before, event);
    if (before.phase !== 'ended' && this.#progress.phase === 'ended') this.#end(this.#progress);
  }

  #end(ended: Ended): void {
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#growth.stop();
    this.answer.connection.offClose(this.#clientClosed);
    const attempt = this.#attempt;
    if (attempt !== null && !attempt.isOver) {
      attempt.cancel();
      this.services.recorder.record(this.generation, attempt, ended.outcome === 'completed' ? 'ok' : 'cancelled');
    }
    this.services.ended(this);
    void this.services.closing.close({
      generation: this.generation,
      answer: this.answer,
      ended,
      attempt,
      failure: this.#lastFailure,
    });
  }

  #noteClientClose(): void {
    const attempt = this.#attempt;
    if (attempt !== null && attempt.isSent) this.#apply({ kind: 'sent' });
    this.#apply({ kind: 'client_closed', deadlinePassed: this.#isLate() });
    // What the upstream said in this very turn of the event loop came first.
    setImmediate(() => this.#apply({ kind: 'turn_ended' }));
  }

  /** The deadline of the endpoint tried last has passed. */
  #isLate(): boolean {
    const attempt = this.#attempt;
    return attempt !== null && this.services.now() - attempt.setting.startedAt >= this.#deadlineMs(attempt);
  }

  #deadlineMs(attempt: UpstreamAttempt): number {
    const { timeouts } = attempt.endpoint;
    // A picture or a spoken text begins when it is nearly done, streamed or not.
    const isWhole = attempt.meter === null || this.generation.facts.call.facts.units !== null;
    return isWhole ? timeouts.answerMs : timeouts.firstTokenMs;
  }

  #commit(): void {
    const { endpoint, tries: attempts } = this.#trying;
    const contentType = this.#attempt?.meter?.contentType;
    this.answer.commit(200, streamHeaders(this.generation, { endpoint, attempts, contentType }));
  }

  #keepAlive(): void {
    const { call } = this.generation.facts;
    if (!call.facts.stream || call.hasEvents === false || this.#progress.phase === 'finishing') return;
    const now = this.services.monotonic();
    if (!this.answer.isCommitted) {
      if (now - this.generation.facts.bodyReadAt < this.services.limits.commitMs) return;
      this.#commit();
      this.#writeKeepAlive();
    } else if (this.answer.silentMs(now) >= this.services.limits.keepAliveMs && !this.answer.isBlocked) {
      this.#writeKeepAlive();
    }
  }

  #writeKeepAlive(): void {
    const { call, face } = this.generation.facts;
    const bytes = call.keepAlive(face);
    if (bytes.length > 0) this.answer.write(bytes);
  }

  #watchDeadlines(): void {
    const attempt = this.#attempt;
    if (attempt === null || attempt.isOver) return;
    if (this.#progress.phase === 'finishing') {
      if (this.services.monotonic() - this.#finishingSince < this.services.limits.usageMs) return;
      this.#apply({ kind: 'terminal', isEmpty: false });
      return;
    }
    if (attempt.firstTokenMs !== null || !this.#isLate()) return;
    const failure = failureOf('first_token_timeout', attempt.status);
    // Where nobody else is left to ask, a late endpoint may still win: it is given as long again.
    const { startedAt } = attempt.setting;
    const graceUntil = Math.min(startedAt + 2 * this.#deadlineMs(attempt), this.#trying.deadlineAt);
    if (this.#trying.decide(failure).kind === 'give_up' && this.services.now() < graceUntil) return;
    attempt.cancel();
    this.failed(attempt, failure);
  }

  #watchOutput(): void {
    const attempt = this.#attempt;
    if (attempt === null || attempt.isOver || this.#progress.phase === 'finishing') return;
    const since = this.services.now() - attempt.setting.startedAt;
    const top = this.services.health.topTokensPerSecond(attempt.endpoint.endpointId);
    this.#growth.check(attempt.meter?.outputTokens ?? 0, since, top);
  }

  #watchReader(): void {
    if (!this.#isPaused || !this.answer.isBlocked) return;
    if (this.services.monotonic() - this.answer.lastProgressAt >= this.services.limits.stallMs) {
      this.#apply({ kind: 'reader_stalled' });
    }
  }

  #pause(): void {
    this.#isPaused = true;
    this.answer.whenDrained(() => this.#resume());
  }

  #resume(): void {
    if (!this.#isPaused || !this.answer.takesMore) return;
    if (this.#growth.mustPause(this.#attempt?.meter?.outputTokens ?? 0)) return;
    this.#isPaused = false;
    this.#attempt?.call?.resume();
  }
}
