import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

import { ApiError } from '@apilink/service';
import { Inject, Injectable } from '@nestjs/common';

import { answerTokens } from '../answer/answer.domain.js';
import { CLOCK, SETTINGS, type Clock, type Settings } from '../demo-provider.config.js';
import { InspectionService } from '../inspection/inspection.service.js';
import { parseScenario, type Failure, type Scenario } from '../scenario/scenario.domain.js';
import { streamSteps, type StreamStep } from './answer-stream.domain.js';
import { planAnswer, wholeAnswer, type AnswerPlan, type ChatCompletionRequest } from './chat-completion.domain.js';

interface Exchange {
  readonly id: string;
  readonly plan: AnswerPlan;
  readonly scenario: Scenario;
  readonly response: ServerResponse;
  readonly tokensPerSecond: number;
}

/** Plays the scenario that a model's name asks for, at its pace, until it ends or the client has gone. */
@Injectable()
export class ChatCompletionService {
  /** Answers that would never end by themselves. */
  readonly #hanging = new Set<ServerResponse>();
  #serial = 0;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(InspectionService) private readonly inspection: InspectionService,
  ) {}

  /** Throws ApiError `model_not_found` before anything is written; from then on the response is this service's. */
  answer(request: ChatCompletionRequest, response: ServerResponse): void {
    const scenario = parseScenario(request.model);
    if (!scenario) throw new ApiError('model_not_found', { detail: request.model, param: 'model' });
    const askedBefore = this.inspection.timesAsked(request.model);
    const id = `${createHash('sha256').update(JSON.stringify(request.messages)).digest('hex').slice(0, 12)}${this.#serial++}`;
    const plan = planAnswer(request, scenario, { id: `chatcmpl-${id}`, created: Math.floor(this.now() / 1000) });
    const exchange: Exchange = {
      id,
      plan,
      scenario,
      response,
      tokensPerSecond: scenario.tokensPerSecond ?? this.settings.tokensPerSecond,
    };
    this.inspection.started({
      id,
      model: request.model,
      stream: request.stream ?? false,
      user: request.user ?? null,
      maxTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
    });
    const { failure } = scenario;
    const fails = failure !== null && !(failure.kind === 'status' && failure.once && askedBefore > 0);
    if (fails) this.#fail(exchange, failure);
    else if (request.stream === true) this.#stream(exchange, request.stream_options?.include_usage === true);
    else this.#whole(exchange);
  }

  /** Cuts what would otherwise hang for ever, so that a drain can end. */
  cutHanging(): void {
    for (const response of this.#hanging) response.destroy();
  }

  #fail({ id, response, plan }: Exchange, failure: Failure): void {
    response.once('close', () => this.inspection.ended(id, 'cancelled', 0));
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
        send(response, 200, errorJson('The demo provider was told to fail.', 'server_error', 'server_error'));
        break;
      case 'refusal':
        send(response, 400, errorJson(refusals[failure.code], 'invalid_request_error', failure.code));
        break;
      case 'status':
        send(
          response,
          failure.status,
          errorJson(`The demo provider was told to answer ${failure.status} for ${plan.model}.`, 'server_error', null),
          failure.retryAfterMs === null
            ? {}
            : {
                'retry-after': String(Math.ceil(failure.retryAfterMs / 1000)),
                'retry-after-ms': String(failure.retryAfterMs),
              },
        );
    }
    this.inspection.ended(id, 'failed', 0);
  }

  #whole({ id, plan, scenario, response, tokensPerSecond }: Exchange): void {
    const timer = setTimeout(
      () => {
        if (scenario.ending.kind === 'cut') {
          this.inspection.ended(id, 'failed', 0);
          response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
          response.destroy();
          return;
        }
        const texts = Array.from({ length: plan.choices }, (_, index) => textOf(plan, index));
        this.inspection.ended(id, 'finished', plan.tokens * plan.choices);
        send(response, 200, JSON.stringify(wholeAnswer(plan, texts)));
      },
      scenario.firstTokenMs + (plan.tokens * 1000) / tokensPerSecond,
    );
    response.once('close', () => {
      clearTimeout(timer);
      this.inspection.ended(id, 'cancelled', 0);
    });
  }

  #stream(exchange: Exchange, includeUsage: boolean): void {
    const { id, plan, scenario, response } = exchange;
    const steps = streamSteps(plan, scenario, includeUsage);
    let timer: NodeJS.Timeout | null = null;
    let sent = 0;
    let beganAt = 0;
    const later = (run: () => void, delayMs: number): void => {
      timer = setTimeout(run, delayMs);
    };
    const tokensPerMs = (exchange.tokensPerSecond * plan.choices) / 1000;
    const advance = (): void => {
      const due = Math.floor((this.now() - beganAt) * tokensPerMs) + plan.choices;
      while (sent < due && !response.destroyed) {
        if (response.writableNeedDrain) {
          response.once('drain', advance);
          return;
        }
        const { done, value } = steps.next();
        if (done === true || !this.#play(exchange, value, sent)) return;
        if (value.kind === 'write') sent += value.tokens;
      }
      later(advance, Math.max(1, Math.ceil(plan.choices / tokensPerMs)));
    };
    response.once('close', () => {
      if (timer) clearTimeout(timer);
      this.inspection.ended(id, 'cancelled', sent);
    });
    later(() => {
      beganAt = this.now();
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
      advance();
    }, scenario.firstTokenMs);
  }

  /** Does one step; false when it was the last. */
  #play({ id, response, scenario }: Exchange, step: StreamStep, sent: number): boolean {
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

function textOf(plan: AnswerPlan, choice: number): string {
  const tokens = answerTokens(plan.messages, choice);
  return Array.from({ length: plan.tokens }, () => tokens.next().value).join('');
}

function errorJson(message: string, type: string, code: string | null): string {
  return JSON.stringify({ error: { message, type, param: null, code } });
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
