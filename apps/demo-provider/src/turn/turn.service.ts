import type { ServerResponse } from 'node:http';

import { Inject, Injectable } from '@nestjs/common';

import { CLOCK, SETTINGS, type Clock, type Settings } from '../demo-provider.config.js';
import { InspectionService } from '../inspection/inspection.service.js';
import { afterItsFirstTime, parseScenario, type Failure, type Scenario } from '../scenario/scenario.domain.js';
import { pairingProblem, type Conversation } from './conversation.domain.js';
import { streamSteps, type StreamStep } from './stream-step.domain.js';
import {
  TOLD_TO_FAIL,
  type ProviderError,
  type Speech,
  type TurnDialect,
  type TurnReading,
} from './turn-dialect.domain.js';
import { digest, planTurn, type TurnPlan } from './turn-plan.domain.js';

interface Exchange {
  readonly id: string;
  readonly dialect: TurnDialect;
  readonly plan: TurnPlan;
  readonly speech: Speech;
  readonly scenario: Scenario;
  readonly response: ServerResponse;
  readonly tokensPerSecond: number;
}

/** Plays the scenario that a model's name asks for, at its pace, until it ends or the client has gone. */
@Injectable()
export class TurnService {
  /** Answers that would never end by themselves. */
  readonly #hanging = new Set<ServerResponse>();
  #serial = 0;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(InspectionService) private readonly inspection: InspectionService,
  ) {}

  /** Answers a request of any dialect; the response is this service's from here on. */
  answer(dialect: TurnDialect, reading: TurnReading, response: ServerResponse): void {
    const refusal = 'refusal' in reading ? reading.refusal : refusalOf(reading.conversation);
    if (refusal !== null || 'refusal' in reading) {
      if (refusal !== null) sendError(dialect, response, refusal);
      return;
    }
    const { conversation, speech } = reading;
    const named = parseScenario(conversation.model);
    if (named === null) {
      const message = `The model ${conversation.model} does not exist.`;
      sendError(dialect, response, { status: 404, message, code: 'model_not_found', param: 'model' });
      return;
    }
    this.#play(dialect, { conversation, speech, named }, response);
  }

  /** Cuts what would otherwise hang for ever, so that a drain can end. */
  cutHanging(): void {
    for (const response of this.#hanging) response.destroy();
  }

  #play(
    dialect: TurnDialect,
    { conversation, speech, named }: { conversation: Conversation; speech: Speech; named: Scenario },
    response: ServerResponse,
  ): void {
    const { model, stream, user, maxTokens } = conversation;
    const askedBefore = this.inspection.timesAsked(model);
    const scenario = askedBefore === 0 ? named : afterItsFirstTime(named);
    const id = `${digest(JSON.stringify(conversation.entries)).slice(0, 12)}${this.#serial++}`;
    const plan = planTurn(conversation, scenario, { id, created: Math.floor(this.now() / 1000) });
    const tokensPerSecond = scenario.tokensPerSecond ?? this.settings.tokensPerSecond;
    const exchange: Exchange = { id, dialect, plan, speech, scenario, response, tokensPerSecond };
    this.inspection.started({ id, dialect: dialect.name, model, stream, user, maxTokens });
    const { failure } = scenario;
    if (failure !== null) this.#fail(exchange, failure);
    else if (stream) this.#stream(exchange);
    else this.#whole(exchange);
  }

  #fail({ id, dialect, response, plan }: Exchange, failure: Failure): void {
    response.once('close', () => this.inspection.ended(id, 'cancelled', 0));
    const told = { status: 500, message: TOLD_TO_FAIL, code: 'server_error', param: null };
    switch (failure.kind) {
      case 'silent':
        this.#hang(response);
        return;
      case 'reset':
        this.inspection.ended(id, 'failed', 0);
        response.socket?.resetAndDestroy();
        return;
      case 'html':
        send(response, 200, '<!doctype html><title>Gateway</title><h1>It works</h1>', { 'content-type': 'text/html' });
        break;
      case 'error-body':
        send(response, 200, JSON.stringify(dialect.errorBody(told)));
        break;
      case 'refusal':
        sendError(dialect, response, { status: 400, message: refusals[failure.code], code: failure.code, param: null });
        break;
      case 'status': {
        const { status, retryAfterMs } = failure;
        const message = `The demo provider was told to answer ${status} for ${plan.model}.`;
        const wait = retryAfterMs === null ? {} : waiting(retryAfterMs);
        sendError(dialect, response, { status, message, code: null, param: null }, wait);
      }
    }
    this.inspection.ended(id, 'failed', 0);
  }

  #whole({ id, plan, speech, scenario, response, tokensPerSecond }: Exchange): void {
    const [first] = plan.choices;
    const pacedTokens = (first?.parts ?? []).reduce(
      (sum, { kind, count }) => sum + (kind === 'reasoning' ? 0 : count),
      0,
    );
    const timer = setTimeout(
      () => {
        if (scenario.ending.kind === 'cut') {
          this.inspection.ended(id, 'failed', 0);
          response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
          response.destroy();
          return;
        }
        this.inspection.ended(id, 'finished', plan.tokens);
        send(response, 200, JSON.stringify(speech.whole(plan)));
      },
      scenario.firstTokenMs + (pacedTokens * 1000) / tokensPerSecond,
    );
    response.once('close', () => {
      clearTimeout(timer);
      this.inspection.ended(id, 'cancelled', 0);
    });
  }

  #stream(exchange: Exchange): void {
    const { id, plan, speech, scenario, response } = exchange;
    const steps = streamSteps(plan, speech, scenario);
    const choices = plan.choices.length;
    let timer: NodeJS.Timeout | null = null;
    let sent = 0;
    let beganAt = 0;
    const later = (run: () => void, delayMs: number): void => {
      timer = setTimeout(run, delayMs);
    };
    const tokensPerMs = (exchange.tokensPerSecond * choices) / 1000;
    const advance = (): void => {
      const due = Math.floor((this.now() - beganAt) * tokensPerMs) + choices;
      while (sent < due && !response.destroyed) {
        if (response.writableNeedDrain) {
          response.once('drain', advance);
          return;
        }
        const { done, value } = steps.next();
        if (done === true || !this.#step(exchange, value, sent)) return;
        if (value.kind === 'write') sent += value.tokens;
      }
      later(advance, Math.max(1, Math.ceil(choices / tokensPerMs)));
    };
    response.once('close', () => {
      if (timer) clearTimeout(timer);
      this.inspection.ended(id, 'cancelled', sent);
    });
    later(() => {
      beganAt = this.now();
      response.writeHead(200, { 'content-type': speech.contentType, 'cache-control': 'no-store' });
      advance();
    }, scenario.firstTokenMs);
  }

  /** Does one step; false when it was the last. */
  #step({ id, response, scenario }: Exchange, step: StreamStep, sent: number): boolean {
    if (step.kind === 'write') {
      write(response, step.text, scenario.writeBytes);
      return true;
    }
    switch (step.kind) {
      case 'cut':
        this.inspection.ended(id, 'failed', sent);
        // Later, because the first bytes of an answer leave with the next turn of the event loop.
        setImmediate(() => response.destroy());
        break;
      case 'stall':
        this.#hang(response);
        break;
      case 'end':
        this.inspection.ended(id, step.failed ? 'failed' : 'finished', sent);
        response.end();
    }
    return false;
  }

  #hang(response: ServerResponse): void {
    this.#hanging.add(response);
    response.once('close', () => this.#hanging.delete(response));
  }
}

const refusals = {
  invalid_value: 'The demo provider was told to refuse this request.',
  context_length_exceeded: "This model's maximum context length is 10 tokens. Reduce the length of the messages.",
  content_policy_violation: 'The demo provider was told that this request violates its content policy.',
} as const;

function refusalOf({ entries }: Conversation): ProviderError | null {
  const problem = pairingProblem(entries);
  return problem === null ? null : { status: 400, message: problem, code: 'invalid_value', param: null };
}

const waiting = (retryAfterMs: number): Record<string, string> => ({
  'retry-after': String(Math.ceil(retryAfterMs / 1000)),
  'retry-after-ms': String(retryAfterMs),
});

function sendError(
  dialect: TurnDialect,
  response: ServerResponse,
  error: ProviderError,
  headers: Record<string, string> = {},
): void {
  send(response, error.status, JSON.stringify(dialect.errorBody(error)), headers);
}

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...headers,
    })
    .end(body);
}

function write(response: ServerResponse, text: string, writeBytes: number | null): void {
  if (writeBytes === null) {
    response.write(text);
    return;
  }
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += writeBytes) response.write(bytes.subarray(at, at + writeBytes));
}
