import {
  errorStatus,
  errorText,
  errorType,
  publicErrorCode,
  type ErrorCode,
  type ErrorDetails,
  type ErrorSkin,
  type Outcome,
} from '@apilink/contracts';
import type { AnswerClosing, StreamError } from '@apilink/dialects';
import { ceilFemtoToNano } from '@apilink/money';
import { costShares, emptyUsage } from '@apilink/pricing';
import { errorAnswer, type Logger } from '@apilink/service';

import { unexpected } from '../invariant.errors.js';
import { nothingMetered, type Metered } from '../metering/metered.domain.js';
import type { Settled, SettlementService } from '../metering/settlement.service.js';
import type { EdgeMetrics } from '../observability/edge-metrics.service.js';
import type { AttemptFailure } from './attempt-failure.domain.js';
import type { ClientAnswer } from './client-answer.entity.js';
import type { Generation } from './generation.entity.js';
import type { Ended } from './outcome.domain.js';
import { generationHeaders, streamHeaders } from './stream-header.factory.js';
import type { UpstreamAttempt } from './upstream-attempt.entity.js';

export interface EndedRun {
  readonly generation: Generation;
  readonly answer: ClientAnswer;
  readonly ended: Ended;
  /** The last one; null when none was made. */
  readonly attempt: UpstreamAttempt | null;
  readonly failure: AttemptFailure | null;
}

interface PublicError {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
}

/** Ends a request whose outcome is decided: the charge, the last bytes for the client, the event for billing. */
export class ClosingService {
  #running = 0;
  #idle: (() => void)[] = [];

  constructor(
    private readonly settlement: SettlementService,
    private readonly metrics: EdgeMetrics,
    private readonly logger: Logger,
    private readonly lingering: (answer: ClientAnswer) => void,
    private readonly random: () => number,
  ) {}

  /** Never rejects. */
  async close(run: EndedRun): Promise<void> {
    this.#running++;
    try {
      await this.#close(run);
    } catch (error) {
      this.logger.error({ err: error, generation: run.generation.facts.wire }, 'a request could not be closed');
      run.answer.destroy();
    } finally {
      this.#running--;
      if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** Resolves when nothing is being closed, or at the deadline. */
  async whenIdle(deadlineMs: number): Promise<void> {
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async #close(run: EndedRun): Promise<void> {
    const { generation, ended, answer } = run;
    const metered = meteredOf(run);
    this.#noteFault(run);
    // Nobody is there to be answered, or to take what waits.
    if (answer.isGone || ended.outcome === 'slow_reader') answer.destroy();
    // The hold ends before the answer does: a client that comes back at once finds its money free.
    const settled = await this.settlement.close(generation, ended, metered);
    // What is kept is kept before the client and billing are told: a crash in between charges nobody.
    await this.#answer(run, metered, settled);
    const status = answer.isCommitted ? answer.response.statusCode : 0;
    this.settlement.publish(generation, ended, metered, { ...settled, status });
    this.#count(run);
    this.#log(run, settled, status);
  }

  /** The one line of a request; a good answer has one only where somebody debugs. */
  #log({ generation, ended }: EndedRun, { isConfirmed }: Settled, status: number): void {
    const level = isConfirmed ? (ended.outcome === 'completed' ? 'debug' : 'info') : 'warn';
    this.logger[level](
      {
        requestId: generation.facts.requestId,
        generation: generation.facts.wire,
        model: generation.facts.modelId,
        outcome: ended.outcome,
        reason: ended.reason,
        status,
        attempts: generation.attempts.length,
        traceId: (generation.span?.context ?? generation.facts.caller)?.traceId,
      },
      isConfirmed ? 'generation ended' : 'generation ended, and the gate did not answer in time',
    );
  }

  /** Never throws: whatever becomes of the last bytes, the hold has to be settled. */
  async #answer(run: EndedRun, metered: Metered, settled: Settled): Promise<void> {
    const { ended, answer, generation } = run;
    const isWhole = ended.outcome === 'completed' || ended.outcome === 'hold_exhausted';
    try {
      if (isWhole) await this.#answerWhole(run, closingOf(metered, settled));
      else {
        await generation.kept?.fail(generation.facts.wire, settled.chargeNanoUsd > 0n);
        this.#answerBroken(run);
      }
      if (answer.isBlocked) this.lingering(answer);
    } catch (error) {
      this.logger.error({ err: error, generation: run.generation.facts.wire }, 'an answer could not be written');
      answer.destroy();
      await generation.kept?.fail(generation.facts.wire, settled.chargeNanoUsd > 0n);
    }
  }

  /** The answer is charged as metered here, whatever the provider says. */
  #noteFault({ generation, attempt }: EndedRun): void {
    const fault = attempt?.usageFault ?? null;
    if (attempt === null || fault === null) return;
    const { endpointId, provider } = attempt.endpoint;
    this.metrics.refusedUsage.inc({ provider });
    const facts = { endpoint: endpointId, generation: generation.facts.wire, fault };
    this.logger.error(facts, 'a provider told a usage that cannot be true');
  }

  #count({ generation, ended, attempt }: EndedRun): void {
    this.metrics.streamEnded(ended.outcome);
    if (generation.overheadMs !== null) this.metrics.overhead.observe(generation.overheadMs / 1000);
    const waitedMs = firstTokenMs(generation, attempt);
    if (waitedMs !== null) this.metrics.firstToken.observe(waitedMs / 1000);
  }

  async #answerWhole(run: EndedRun, closing: AnswerClosing): Promise<void> {
    const { generation, answer, attempt } = run;
    const { kept } = generation;
    const meter = attempt?.meter ?? null;
    const endpoint = attempt?.endpoint ?? null;
    const tries = generation.attempts.length;
    if (meter !== null) {
      if (!answer.isCommitted)
        answer.commit(200, streamHeaders(generation, { endpoint, attempts: tries, contentType: meter.contentType }));
      const bytes = meter.finish(closing);
      const last = { bytes, resource: meter.resource ?? null };
      answer.end(kept === null ? bytes : await kept.finishStream(generation.facts.wire, last));
      return;
    }
    const { call, face, wire } = generation.facts;
    const whole = attempt?.answer ?? null;
    const written =
      whole === null ? call.exhausted(closing, face) : whole.write(closing, (attempt?.usage ?? null) !== null);
    const headers = [...generationHeaders(generation, endpoint, tries), 'content-type', written.contentType];
    const body = kept === null ? written.body : await kept.finishWhole(wire, headers, written.body);
    answer.send(200, [...headers, 'content-length', String(body.length)], body);
  }

  #answerBroken(run: EndedRun): void {
    const { answer, generation, attempt, ended } = run;
    if (answer.isGone || ended.outcome === 'slow_reader') return;
    const { code, details } = publicError(run);
    if (answer.isCommitted) {
      const { call, face, skin } = generation.facts;
      answer.break(call.brokenStream(streamError(code, details, skin), face));
      return;
    }
    const told = errorAnswer(code, {
      details,
      requestId: generation.facts.requestId,
      retryAfterMs: run.failure?.retryAfterMs ?? null,
      random: this.random,
      skin: generation.facts.skin,
    });
    const endpoint = attempt?.endpoint ?? null;
    const headers = generationHeaders(generation, endpoint, generation.attempts.length);
    answer.send(told.status, mergedHeaders(headers, told.headers, told.body), told.body);
  }
}

function streamError(code: ErrorCode, details: ErrorDetails, skin: ErrorSkin): StreamError {
  return {
    message: errorText(code, details, skin),
    type: errorType(code, skin),
    status: errorStatus(code, skin),
    code: publicErrorCode(code, skin),
  };
}

/** Our request ids stand in both; the catalogue's answer adds its own. */
function mergedHeaders(headers: readonly string[], told: Readonly<Record<string, string>>, body: string): string[] {
  const merged = [...headers];
  for (const [name, value] of Object.entries(told)) if (!headers.includes(name)) merged.push(name, value);
  merged.push('content-length', String(Buffer.byteLength(body)));
  return merged;
}

/** What the client is told of an answer that it does not get whole. */
function publicError({ generation, ended, failure }: EndedRun): PublicError {
  const { facts } = generation;
  switch (ended.outcome) {
    case 'rejected':
      if ((failure?.refusal?.context ?? null) !== null) {
        const { tokens = null, limit = null } = failure?.refusal?.context ?? {};
        const most = limit ?? Math.max(...facts.candidates.map(({ contextLength }) => contextLength));
        const detail = String(tokens ?? facts.plan.question.estimatedInputTokens);
        return { code: 'context_length_exceeded', details: { param: 'messages', limit: String(most), detail } };
      }
      return { code: 'upstream_refused', details: { detail: failure?.refusal?.message ?? 'no reason was given' } };
    case 'gateway_abort':
      return { code: 'shutting_down', details: {} };
    case 'upstream_error_partial':
      return failure?.class === 'idle_timeout'
        ? { code: 'upstream_timeout', details: {} }
        : { code: 'upstream_cut', details: {} };
    case 'empty_completion':
      return { code: 'server_is_overloaded', details: { detail: 'its answer was empty' } };
    case 'void_before_dispatch':
    case 'upstream_error_no_output':
      return { code: 'server_is_overloaded', details: { detail: ended.reason ?? 'none is available' } };
    case 'completed':
    case 'hold_exhausted':
    case 'client_disconnect':
    case 'abandoned_late':
    case 'slow_reader':
    case 'expired':
      return { code: 'internal_error', details: {} };
    default:
      throw unexpected(ended.outcome);
  }
}

/** From the whole request to the first token of its answer, endpoints that failed before included. */
function firstTokenMs(generation: Generation, attempt: UpstreamAttempt | null): number | null {
  if (attempt === null || attempt.firstTokenMs === null || generation.overheadMs === null) return null;
  const { startedAt } = attempt.setting;
  const beganAt = generation.attempts[0]?.startedAt ?? startedAt;
  return generation.overheadMs + Math.max(0, startedAt - beganAt) + attempt.firstTokenMs;
}

/** What was used: the upstream's own figures, else what was counted here, else nothing. */
function meteredOf({ generation, ended, attempt }: EndedRun): Metered {
  const usage = attempt?.usage ?? null;
  const serviceTier = attempt?.meter?.serviceTier ?? attempt?.answer?.serviceTier ?? null;
  if (attempt === null) return nothingMetered;
  const hasOutput = ended.from === 'content' || ended.from === 'finishing';
  if (!hasOutput && !countsUnseen(ended.outcome)) return nothingMetered;
  generation.answeredBy ??= attempt.endpoint;
  if (usage !== null) return { usage, source: 'upstream', serviceTier };
  const counted = attempt.meter?.counted ?? attempt.answer?.counted;
  if (counted !== undefined) return { usage: counted, source: 'estimated', serviceTier };
  const input = generation.facts.plan.question.estimatedInputTokens;
  const output = attempt.meter?.outputTokens ?? attempt.answer?.outputTokens ?? 0;
  return { usage: { ...emptyUsage, requests: 1, input, output }, source: 'estimated', serviceTier };
}

/** The upstream worked although nothing of it was seen. */
function countsUnseen(outcome: Outcome): boolean {
  return outcome === 'hold_exhausted' || outcome === 'completed';
}

function closingOf(metered: Metered, settled: Settled): AnswerClosing {
  const shares = settled.cost === null ? null : costShares(settled.cost);
  return {
    usage: metered.usage,
    cost: {
      totalNanoUsd: settled.chargeNanoUsd,
      cachePremiumAbsorbedNanoUsd: settled.cost?.absorbedNanoUsd ?? 0n,
      promptNanoUsd: ceilFemtoToNano(shares?.inputFemtoUsd ?? 0n),
      completionsNanoUsd: ceilFemtoToNano(shares?.outputFemtoUsd ?? 0n),
    },
  };
}
