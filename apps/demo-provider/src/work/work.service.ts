import type { ServerResponse } from 'node:http';

import { Inject, Injectable } from '@nestjs/common';

import { CLOCK, SETTINGS, type Clock, type Settings } from '../demo-provider.config.js';
import { InspectionService } from '../inspection/inspection.service.js';
import { parseScenario, type Failure, type Scenario } from '../scenario/scenario.domain.js';
import { WorkRefusal, type Work, type WorkAnswer } from './work.domain.js';

interface Exchange {
  readonly id: string;
  readonly scenario: Scenario;
  readonly response: ServerResponse;
}

/** Plays what is no turn of a model, with the faults that the model's name asks for. */
@Injectable()
export class WorkService {
  readonly #hanging = new Set<ServerResponse>();
  #serial = 0;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(InspectionService) private readonly inspection: InspectionService,
  ) {}

  /** `read` throws a WorkRefusal for a request that it does not take; the response is this service's from here on. */
  play(response: ServerResponse, read: () => { readonly work: Work; readonly answer: () => WorkAnswer }): void {
    try {
      const { work, answer } = read();
      const scenario = parseScenario(work.model);
      if (scenario === null) throw new WorkRefusal('model', `The model ${work.model} does not exist.`, 404);
      const askedBefore = this.inspection.timesAsked(work.model);
      const planned = answer();
      const exchange = { id: `${work.dialect}-${this.#serial++}`, scenario, response };
      this.inspection.started({ ...work, id: exchange.id, maxTokens: null });
      response.once('close', () => this.inspection.ended(exchange.id, 'cancelled', 0));
      const { failure } = scenario;
      const fails = failure !== null && !(failure.kind === 'status' && failure.once && askedBefore > 0);
      if (fails) this.#fail(exchange, failure);
      else if (planned.isWhole) this.#whole(exchange, planned);
      else this.#stream(exchange, planned);
    } catch (error) {
      if (!(error instanceof WorkRefusal)) throw error;
      const { status, message, param } = error;
      sendError(response, status, { message, param, code: status === 404 ? 'model_not_found' : 'invalid_value' });
    }
  }

  /** Cuts what would otherwise hang for ever, so that a drain can end. */
  cutHanging(): void {
    for (const response of this.#hanging) response.destroy();
  }

  #fail({ id, response }: Exchange, failure: Failure): void {
    const message = 'The demo provider was told to fail.';
    switch (failure.kind) {
      case 'silent':
        this.#hang(response);
        return;
      case 'reset':
        this.inspection.ended(id, 'failed', 0);
        response.socket?.resetAndDestroy();
        return;
      case 'html':
        send(response, { status: 200, contentType: 'text/html', body: '<!doctype html><h1>It works</h1>' });
        break;
      case 'error-body':
        sendError(response, 200, { message, param: null, code: 'server_error' });
        break;
      case 'refusal':
        sendError(response, 400, { message, param: null, code: failure.code });
        break;
      case 'status':
        sendError(response, failure.status, { message, param: null, code: null });
    }
    this.inspection.ended(id, 'failed', 0);
  }

  #whole({ id, scenario, response }: Exchange, { contentType, pieces }: WorkAnswer): void {
    this.#later(response, scenario.firstTokenMs, () => {
      const body = Buffer.concat([...pieces].map((piece) => Buffer.from(piece)));
      this.inspection.ended(id, 'finished', 1);
      send(response, { status: 200, contentType, body });
    });
  }

  #stream({ id, scenario, response }: Exchange, { contentType, pieces }: WorkAnswer): void {
    const steps = pieces[Symbol.iterator]();
    const perMs = (scenario.tokensPerSecond ?? this.settings.tokensPerSecond) / 1000;
    const { ending } = scenario;
    let sent = 0;
    let beganAt = 0;
    const advance = (): void => {
      const due = Math.floor((this.now() - beganAt) * perMs) + 1;
      while (sent < due && !response.destroyed) {
        if (response.writableNeedDrain) {
          response.once('drain', advance);
          return;
        }
        if (ending.kind !== 'finish' && sent >= ending.afterTokens) {
          this.#breakOff({ id, scenario, response }, sent);
          return;
        }
        const { done, value } = steps.next();
        if (done === true) {
          this.inspection.ended(id, 'finished', sent);
          response.end();
          return;
        }
        response.write(value);
        sent++;
      }
      if (!response.destroyed) this.#later(response, Math.max(1, Math.ceil(1 / perMs)), advance);
    };
    this.#later(response, scenario.firstTokenMs, () => {
      beganAt = this.now();
      response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' });
      advance();
    });
  }

  #breakOff({ id, scenario, response }: Exchange, sent: number): void {
    if (scenario.ending.kind === 'stall') {
      this.#hang(response);
      return;
    }
    this.inspection.ended(id, 'failed', sent);
    // Later, because the first bytes of an answer leave with the next turn of the event loop.
    setImmediate(() => response.destroy());
  }

  #later(response: ServerResponse, delayMs: number, run: () => void): void {
    const timer = setTimeout(() => {
      response.off('close', stop);
      run();
    }, delayMs);
    const stop = (): void => clearTimeout(timer);
    response.once('close', stop);
  }

  #hang(response: ServerResponse): void {
    this.#hanging.add(response);
    response.once('close', () => this.#hanging.delete(response));
  }
}

interface ErrorFacts {
  readonly message: string;
  readonly param: string | null;
  readonly code: string | null;
}

function sendError(response: ServerResponse, status: number, { message, param, code }: ErrorFacts): void {
  const type = status >= 500 || status === 200 ? 'server_error' : 'invalid_request_error';
  const body = JSON.stringify({ error: { message, type, param, code } });
  send(response, { status, contentType: 'application/json', body });
}

interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
}

function send(response: ServerResponse, { status, contentType, body }: Reply): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }).end(body);
}
