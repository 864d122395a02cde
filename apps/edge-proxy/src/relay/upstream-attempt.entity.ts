import type { CredentialReference } from '@apilink/contracts';
import type { AnswerPhase, AnswerStream, CallFacts, UpstreamDialect, WholeAnswer } from '@apilink/dialects';
import { retryAfterMs, type UpstreamCall, type UpstreamFailure, type UpstreamHandler } from '@apilink/providers';
import type { UsageVector } from '@apilink/pricing';
import { classOfStatus } from '@apilink/routing';

import type { RoutedEndpoint } from '../routing-table/routed-model.domain.js';
import { failureOf, failureOfError, failureOfStatus, type AttemptFailure } from './attempt-failure.domain.js';
import { isPlausible } from './told-usage.domain.js';

/** Of an error answer only the beginning is read: its message stands there. */
const ERROR_BYTES_MAX = 64 * 1024;
/** A whole answer may not be larger; the largest outputs of today's models are far below. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** Who hears of an attempt. Everything is called on the event loop, in order; nothing after `failed` or `complete`. */
export interface AttemptListener {
  /** The first byte of an answer with a good status. */
  answerBegun(attempt: UpstreamAttempt): void;
  /** The first content of a stream; called before its bytes are forwarded. */
  contentBegun(attempt: UpstreamAttempt): void;
  /** Bytes for the client; false = the upstream has to pause. */
  forward(attempt: UpstreamAttempt, bytes: Buffer): boolean;
  /** Every choice has its finish reason; usage is still awaited. */
  finishing(attempt: UpstreamAttempt, reason: string): void;
  /** Another choice goes on after all. */
  reopened(attempt: UpstreamAttempt): void;
  complete(attempt: UpstreamAttempt): void;
  failed(attempt: UpstreamAttempt, failure: AttemptFailure): void;
}

export interface AttemptSetting {
  readonly endpoint: RoutedEndpoint;
  readonly credential: CredentialReference | null;
  /** In what the endpoint is spoken to. */
  readonly dialect: UpstreamDialect;
  /** Null for an answer that is not streamed. */
  readonly meter: AnswerStream | null;
  /** Reads an answer that is not streamed. */
  readonly readAnswer: (body: Buffer) => WholeAnswer;
  readonly facts: CallFacts;
  /** Wall clock, ms since the epoch. */
  readonly startedAt: number;
  readonly now: () => number;
}

/** One try at one endpoint: reads what comes and says what it means; it decides nothing. */
export class UpstreamAttempt implements UpstreamHandler {
  call: UpstreamCall | null = null;
  status: number | null = null;
  firstTokenMs: number | null = null;
  /** The answer that was not streamed, once it is whole. */
  answer: WholeAnswer | null = null;
  #headers: Readonly<Record<string, string>> = {};
  #isError = false;
  #isOver = false;
  #isSent = false;
  #hasBegun = false;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    readonly setting: AttemptSetting,
    private readonly listener: AttemptListener,
  ) {}

  get endpoint(): RoutedEndpoint {
    return this.setting.endpoint;
  }

  get meter(): AnswerStream | null {
    return this.setting.meter;
  }

  /** What the upstream told and can be true; null otherwise. */
  get usage(): UsageVector | null {
    const told = this.#toldUsage;
    return told !== null && this.#believes(told) ? told : null;
  }

  /** Why the usage that the upstream told cannot be true of this request; null when it can, or none was told. */
  get usageFault(): string | null {
    const told = this.#toldUsage;
    if (told !== null) return this.#believes(told) ? null : 'more than this model can take or give';
    return this.setting.meter?.usageProblem ?? this.answer?.usageProblem ?? null;
  }

  get #toldUsage(): UsageVector | null {
    return this.setting.meter?.usage ?? this.answer?.usage ?? null;
  }

  #believes(usage: UsageVector): boolean {
    const { contextLength, maxOutputTokens } = this.endpoint;
    return isPlausible(usage, { contextLength, maxOutputTokens, facts: this.setting.facts });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Bytes of the request have gone to the upstream. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** Stops listening and closes the upstream's connection. */
  cancel(): void {
    this.#isOver = true;
    this.call?.cancel();
  }

  onSent(): void {
    this.#isSent = true;
  }

  onHead(status: number, headers: Readonly<Record<string, string>>): void {
    this.#isSent = true;
    this.status = status;
    this.#headers = headers;
    this.#isError = classOfStatus(status) !== null;
    if (!this.#isError) this.setting.meter?.head?.(headers['content-type'] ?? null);
  }

  onData(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    if (this.#isError) return this.#collect(chunk, ERROR_BYTES_MAX);
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.listener.answerBegun(this);
    }
    const meter = this.setting.meter;
    if (meter !== null) return this.#read(meter, chunk);
    if (!this.#collect(chunk, ANSWER_BYTES_MAX)) this.#fail(failureOf('malformed', this.status));
    return true;
  }

  onEnd(): void {
    if (this.#isOver) return;
    const meter = this.setting.meter;
    if (this.#isError) {
      const wait = retryAfterMs(this.#headers, this.setting.now());
      this.#fail(failureOfStatus(this.status ?? 0, Buffer.concat(this.#chunks), wait));
    } else if (meter === null) this.#readAnswer();
    else {
      this.#read(meter, null);
      if (!this.#isOver) this.#fail(failureOf('cut', this.status));
    }
  }

  onError(failure: UpstreamFailure): void {
    if (this.#isOver) return;
    if (this.setting.meter?.phase === 'finishing') this.#complete();
    else if (this.#isError) this.#fail(failureOfStatus(this.status ?? 0, Buffer.concat(this.#chunks), null));
    else this.#fail(failureOf(failure.class, this.status));
  }

  /** Null = the body has ended. */
  #read(meter: AnswerStream, chunk: Buffer | null): boolean {
    const before = meter.phase;
    const bytes = chunk === null ? meter.end() : meter.feed(chunk);
    const after = meter.phase;
    if (before === 'waiting' && (after === 'content' || after === 'finishing' || after === 'complete')) {
      this.firstTokenMs = Math.max(0, this.setting.now() - this.setting.startedAt);
      this.listener.contentBegun(this);
    }
    const goesOn = bytes === null || bytes.length === 0 || this.listener.forward(this, bytes);
    if (after !== before) this.#phaseChanged(meter, before);
    return goesOn;
  }

  #phaseChanged(meter: AnswerStream, before: AnswerPhase): void {
    switch (meter.phase) {
      case 'waiting':
      case 'content':
        if (before === 'finishing') this.listener.reopened(this);
        return;
      case 'finishing':
        this.listener.finishing(this, meter.finishReason ?? 'stop');
        return;
      case 'complete':
        if (before !== 'finishing' && meter.finishReason !== null) this.listener.finishing(this, meter.finishReason);
        this.#complete();
        return;
      case 'failed':
        this.#fail(meter.failure === null ? failureOf('server_error', this.status) : failureOfError(meter.failure));
        return;
      case 'malformed':
        this.#fail(failureOf('malformed', this.status));
        return;
      case 'cut':
        this.#fail(failureOf('cut', this.status));
        return;
    }
  }

  #readAnswer(): void {
    const answer = this.setting.readAnswer(Buffer.concat(this.#chunks));
    if (answer.failure !== null) this.#fail(failureOfError(answer.failure));
    else if (!answer.isAnswer) this.#fail(failureOf('malformed', this.status));
    else {
      this.answer = answer;
      this.firstTokenMs = Math.max(0, this.setting.now() - this.setting.startedAt);
      this.listener.contentBegun(this);
      if (answer.finishReason !== null) this.listener.finishing(this, answer.finishReason);
      this.#complete();
    }
  }

  /** False once the bound is passed; what is beyond is dropped. */
  #collect(chunk: Buffer, bytesMax: number): boolean {
    if (this.#bytes + chunk.length > bytesMax) {
      this.#bytes = bytesMax;
      return this.#isError;
    }
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    return true;
  }

  #complete(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.listener.complete(this);
  }

  #fail(failure: AttemptFailure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.call?.cancel();
    this.listener.failed(this, failure);
  }
}
