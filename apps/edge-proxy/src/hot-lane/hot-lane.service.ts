import type { IncomingMessage, ServerResponse } from 'node:http';

import { header } from '@apilink/contracts';
import { ApiError, errorAnswer, type Logger } from '@apilink/service';

import { AdmissionRefused, type AdmissionService } from '../admission/admission.service.js';
import type { AuthenticationService, KeyIdentity } from '../admission/authentication.service.js';
import type { CallAdmissionService } from '../call/call-admission.service.js';
import { callRouteOf, QUOTE_ROUTE, type CallRoute } from '../call/call-route.domain.js';
import { codeOfBlock } from '../admission/refusal.errors.js';
import type { KeepingService } from '../keeping/keeping.service.js';
import type { KeptAnswer } from '../keeping/kept-answer.domain.js';
import type { SettlementService } from '../metering/settlement.service.js';
import type { UsagePublisher } from '../metering/usage-publisher.service.js';
import { countRouteOf, type CountRoute } from '../token-count/count-route.domain.js';
import type { TokenCountService } from '../token-count/token-count.service.js';
import type { QuoteService } from '../quote/quote.service.js';
import type { EdgeMetrics } from '../observability/edge-metrics.service.js';
import type { Generation } from '../relay/generation.entity.js';
import { GenerationRun, type RunServices } from '../relay/generation-run.entity.js';
import { ClientAnswer } from '../relay/client-answer.entity.js';
import type { RunRegistry } from '../relay/run-registry.service.js';
import type { ClientConnections } from './client-connection.entity.js';
import { Exchange } from './exchange.entity.js';
import { bodyHeadProblem, pathOf, quotedPath } from './request-guard.domain.js';
import { clientGone, ClientGone, discardBody, readBody, type BodyLimits } from './request-body.service.js';
import { answerHeaders } from './response-header.factory.js';
import type { IdSource } from './wire-id.domain.js';

export interface HotLaneServices {
  readonly authentication: AuthenticationService;
  readonly admission: AdmissionService;
  readonly calls: CallAdmissionService;
  readonly keeping: KeepingService;
  readonly quotes: QuoteService;
  readonly counts: TokenCountService;
  readonly settlement: SettlementService;
  readonly publisher: UsagePublisher;
  readonly registry: RunRegistry;
  readonly run: RunServices;
  readonly connections: ClientConnections;
  readonly metrics: EdgeMetrics;
  readonly logger: Logger;
  readonly body: BodyLimits;
  readonly ids: IdSource;
  readonly random: () => number;
}

/** Requests that may wait on one connection for the answers before them; real clients send none. */
const PIPELINED_MAX = 16;

/**
 * The lane of requests that cost money, beside Nest's controllers in the same application: an idiomatic pipeline was
 * measured 14 to 21 times slower than a bare proxy. The steps stand in `#serve`, in their order.
 */
export class HotLane {
  #isDraining = false;
  #admitting = 0;
  readonly #idle: (() => void)[] = [];

  constructor(private readonly services: HotLaneServices) {}

  /** True when the request is the lane's: it will be answered here. So is every request of an address with too many. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const connection = this.services.connections.of(request.socket);
    const path = pathOf(request.url ?? '/');
    const route = callRouteOf(path);
    const isFree = path === QUOTE_ROUTE || countRouteOf(path) !== null;
    if (connection.isWelcome && route === null && !isFree) return false;
    if (connection.pipelined >= PIPELINED_MAX) {
      request.socket.destroy();
      return true;
    }
    const exchange = new Exchange(request, response, connection, this.services.ids.request(), { path, route });
    this.#admitting++;
    this.#serve(exchange)
      .catch(async (error: unknown) => this.#refuse(exchange, error))
      .finally(() => {
        this.#admitting--;
        if (this.#admitting === 0) for (const resolve of this.#idle.splice(0)) resolve();
      });
    return true;
  }

  /** Resolves when no request is on its way to its admission, or at the deadline. */
  async whenAdmitted(deadlineMs: number): Promise<void> {
    if (this.#admitting === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** From now on new requests are refused; what runs goes on. */
  refuseNew(): void {
    this.#isDraining = true;
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { services } = this;
    const turn = exchange.connection.turnOf(exchange.response);
    if (turn !== null) await turn;
    this.#guard(exchange);
    const known = services.authentication.authenticate({
      headers: exchange.request.headers,
      address: exchange.connection.address,
    });
    // A key used lately is known at once; awaiting it would cost every request a turn.
    const identity = known instanceof Promise ? await known : known;
    exchange.identity = identity;
    const problem = bodyHeadProblem(exchange.request.headers, {
      bytesMax: services.body.bytesMax,
      takesMultipart: calledRoute(exchange)?.takesMultipart ?? false,
    });
    if (problem !== null) throw new ApiError(problem.code, problem.details);
    const body = await readBody(exchange.request, services.body);
    exchange.bodyReadAt = services.run.monotonic();
    const { route } = exchange;
    if (route === null) {
      const counting = countRouteOf(exchange.path);
      if (counting === null) await this.#quote(exchange, identity, body);
      else await this.#count(exchange, identity, counting, body);
      return;
    }
    const { url: path = '', headers } = exchange.request;
    const arrived = { accountId: identity.accountId, route: route.name, path, headers, body };
    const entering = services.keeping.enter(arrived);
    // Nearly no call keeps or names anything: awaiting it would cost each of them a turn.
    const entered = entering === null ? null : await entering;
    if (entered !== null && 'replay' in entered) {
      await this.#replay(exchange, identity, entered.replay);
      return;
    }
    exchange.kept = entered?.call ?? null;
    const generation = await this.#admit(exchange, route, identity, body);
    services.settlement.opened(generation);
    const answer = new ClientAnswer(exchange.response, exchange.connection, services.run.monotonic);
    answer.recorder = exchange.kept?.recorder ?? null;
    const run = new GenerationRun(generation, answer, services.run);
    services.registry.add(run);
    run.start();
  }

  async #admit(exchange: Exchange, route: CallRoute, identity: KeyIdentity, body: Buffer): Promise<Generation> {
    const { kept } = exchange;
    try {
      return await this.services.calls.admit(exchange, route, identity, kept?.body ?? body);
    } catch (error) {
      await kept?.refused();
      throw error;
    }
  }

  /** The first answer again: nothing is dispatched, held or charged. */
  async #replay(exchange: Exchange, identity: KeyIdentity, answer: KeptAnswer): Promise<void> {
    const { left: figures, blocked } = await this.services.admission.read(identity);
    if (blocked !== null) throw new ApiError(codeOfBlock[blocked]);
    const headers = answerHeaders({ requestId: exchange.requestId, figures, admission: null, skin: exchange.skin });
    headers.push(...answer.headers, header.replayed, 'true', 'content-length', String(answer.body.length));
    exchange.response.writeHead(answer.status, headers);
    exchange.response.end(answer.body);
  }

  async #quote(exchange: Exchange, identity: KeyIdentity, body: Buffer): Promise<void> {
    const { quotes, random } = this.services;
    const { url, headers: sent } = exchange.request;
    const path = quotedPath(url ?? '/');
    const route = callRouteOf(path);
    if (route === null) throw new ApiError('invalid_parameter', { param: 'for', detail: 'it names no path of a call' });
    const whole = await this.#whole(identity, route.name, body);
    const { reply, figures } = await quotes.quote(identity, route.read({ ...whole, headers: sent, path, random }));
    tell(exchange, reply, answerHeaders({ requestId: exchange.requestId, figures, admission: null }));
  }

  /** A dry run is of the whole context, as the call itself would be. */
  async #whole({ accountId }: KeyIdentity, route: string, body: Buffer) {
    const kept = await this.services.keeping.resolve({ accountId, route, body });
    return { body: kept?.body ?? body, replayedResponseId: kept?.previousResponseId ?? null };
  }

  async #count(exchange: Exchange, identity: KeyIdentity, route: CountRoute, body: Buffer): Promise<void> {
    const { counts, random } = this.services;
    const { request, path, requestId, skin } = exchange;
    const whole = await this.#whole(identity, route.name, body);
    const reading = route.read({ ...whole, headers: request.headers, path, random });
    const { inputTokens, isEstimated, figures } = await counts.count(identity, route, reading);
    const headers = answerHeaders({ requestId, figures, admission: null, skin });
    if (isEstimated) headers.push(header.tokenCount, 'estimated');
    tell(exchange, route.write(inputTokens), headers);
  }

  #guard({ request, response, connection, route, path: exchangePath }: Exchange): void {
    if (connection.isClosed) throw clientGone;
    const { metrics, run } = this.services;
    const begunAt = run.monotonic();
    metrics.inflight.inc();
    response.once('close', () => {
      metrics.inflight.dec();
      const method = request.method === 'POST' ? 'POST' : 'other';
      const name = connection.isWelcome ? (route?.name ?? countRouteOf(exchangePath)?.name ?? QUOTE_ROUTE) : 'none';
      metrics.requestEnded({ method, route: name, status: response.statusCode }, run.monotonic() - begunAt);
    });
    if (!connection.isWelcome) throw new ApiError('rate_limit_address');
    // Codex asks for a WebSocket first, and goes on over HTTP when it is told at once that there is none.
    if (request.headers.upgrade !== undefined) throw new ApiError('upgrade_refused');
    if (request.method !== 'POST') throw new ApiError('method_not_allowed', { detail: request.method ?? '' });
    if (this.#isDraining) throw new ApiError('shutting_down', {}, undefined, 100);
    if (this.services.publisher.isFull()) throw new ApiError('spool_full', {}, undefined, 5_000);
  }

  async #refuse(exchange: Exchange, thrown: unknown): Promise<void> {
    if (thrown instanceof ClientGone) {
      exchange.response.destroy();
      return;
    }
    const error = thrown instanceof ApiError ? thrown : new ApiError('internal_error', {}, thrown);
    if (error.status >= 500) {
      this.services.logger.error({ err: error.cause ?? error, requestId: exchange.requestId }, error.message);
    }
    if (error instanceof AdmissionRefused) exchange.figures = error.figures ?? exchange.figures;
    else if (exchange.identity !== null && error.status < 500) await this.#readFigures(exchange, exchange.identity);
    this.#answer(exchange, error);
  }

  async #readFigures(exchange: Exchange, identity: KeyIdentity): Promise<void> {
    exchange.figures ??= await this.services.admission.figures(identity);
  }

  #answer({ request, response, connection, requestId, figures, skin }: Exchange, error: ApiError): void {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const { details, retryAfterMs } = error;
    const told = errorAnswer(error.code, { details, requestId, retryAfterMs, random: this.services.random, skin });
    const headers = answerHeaders({ requestId, figures, admission: null, skin });
    for (const [name, value] of Object.entries(told.headers)) if (!headers.includes(name)) headers.push(name, value);
    if (error.code === 'method_not_allowed') headers.push('allow', 'POST');
    headers.push('content-length', String(Buffer.byteLength(told.body)));
    // Where a body was not read to its end, the next request of the connection cannot be found.
    const isUnread = !request.complete;
    if (isUnread || this.#isDraining || !connection.isWelcome) headers.push('connection', 'close');
    response.writeHead(told.status, headers);
    // Node closes a connection as soon as its last answer has ended; a client that still sends would then get a reset
    // instead of our answer.
    if (isUnread) discardBody(request, () => response.end());
    if (isUnread) response.write(told.body);
    else response.end(told.body);
  }
}

/** That of the call itself, or the one whose dry run this is. */
function calledRoute({ route, request }: Exchange): CallRoute | null {
  return route ?? callRouteOf(quotedPath(request.url ?? '/'));
}

/** An answer that was made here and costs nothing. */
function tell({ response }: Exchange, document: object, headers: string[]): void {
  const text = JSON.stringify(document);
  headers.push('content-type', 'application/json', 'content-length', String(Buffer.byteLength(text)));
  response.writeHead(200, headers);
  response.end(text);
}
