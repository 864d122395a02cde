import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import type { DynamicModule, INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { encodeWireId, skinOf } from '@apilink/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { ServiceApplication } from './application.js';
import { ErrorFilter } from './error-filter/error-filter.js';
import { answerClientError } from './error-filter/client-error.js';
import { errorAnswer } from './error-filter/error-answer.js';
import { headProblem, type HeadProblem } from './error-filter/request-head.js';
import { RouteTable } from './error-filter/route-table.js';
import { createValidationPipe } from './error-filter/validation-pipe.js';
import { prepareFastify } from './prepare-fastify.js';
import { uuidV7 } from './identity/uuid-v7.js';
import type { Logger } from './logger/logger.js';
import { NestLogger } from './logger/nest-logger.js';
import { Metrics } from './metrics/metrics.js';
import { RequestGate } from './shutdown/request-gate.js';

/** Sees a request before Nest does; true = it has taken the request and will answer it. */
export type RequestLane = (request: IncomingMessage, response: ServerResponse) => boolean;

type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ServiceAppOptions {
  readonly name: string;
  /** The root module of the service. */
  readonly module: Type | DynamicModule;
  readonly logger: Logger;
  /** Default: a registry of its own. Give it when the modules count too. */
  readonly metrics?: Metrics;
  /** Bodies of controllers; the lane has its own limit. Default 1 MiB. */
  readonly bodyBytesMax?: number;
  /** Paths, with their slash at the end, below which bodies are handed on as bytes: signed events, forms. Default none. */
  readonly rawBodyPaths?: readonly string[];
  /** Plugins of Fastify beside Nest's routes: pages that a library draws. */
  readonly plugins?: (fastify: FastifyInstance) => Promise<void>;
  /** A lane for hot requests, taken from the application once it is wired. Its requests are the lane's to drain. */
  readonly lane?: (context: INestApplication) => RequestLane;
  /** Consumers, timers and relays; resolves when the service is ready to be asked. */
  readonly start?: (context: INestApplication) => Promise<void>;
  /** Null when ready. */
  readonly readiness?: (context: INestApplication) => Promise<string | null>;
  /** Stops consumers, lets running work finish and hands over what is left, at most `deadlineMs`. */
  readonly drain?: (context: INestApplication, deadlineMs: number) => Promise<void>;
  /** Closes what the application opened itself (data source, event log), after Nest has closed. */
  readonly close?: () => Promise<void>;
}

/** A service application whose parts can be reached, for its own composition and for tests. */
export interface NestServiceApplication extends ServiceApplication {
  readonly context: INestApplication;
}

export const BODY_BYTES_MAX = 1024 * 1024;

/**
 * Builds one Nest application on Fastify: catalogue errors, schema validation, request ids, security headers, a
 * registry of metrics, drain. It does not listen; its `server` takes requests by `emit('request', …)` or `listen`.
 */
export async function createServiceApp(options: ServiceAppOptions): Promise<NestServiceApplication> {
  const metrics = options.metrics ?? new Metrics(options.name);
  const bodyBytesMax = options.bodyBytesMax ?? BODY_BYTES_MAX;
  const gate = new RequestGate();
  let lane: RequestLane | null = null;

  const adapter = new FastifyAdapter({
    bodyLimit: bodyBytesMax,
    clientErrorHandler: () => undefined,
    // Targets that cannot be decoded never reach a route, nor the filter.
    frameworkErrors: answerUndecodable,
    genReqId: () => encodeWireId('req', uuidV7()),
    routerOptions: { maxParamLength: 500 },
    serverFactory: (handler: RequestHandler) =>
      createHttpServer((request, response) => {
        if (lane?.(request, response) !== true && gate.admit(request, response)) handler(request, response);
      }),
  });
  const routes = new RouteTable();
  const filter = new ErrorFilter(options.logger, routes, bodyBytesMax);
  prepareFastify(adapter.getInstance(), { routes, metrics, rawBodyPaths: options.rawBodyPaths ?? [] });

  await options.plugins?.(adapter.getInstance());
  const nest = await NestFactory.create<NestFastifyApplication>(options.module, adapter, {
    logger: new NestLogger(options.logger),
    bodyParser: false,
    abortOnError: false,
  });
  nest.useGlobalFilters(filter);
  nest.useGlobalPipes(createValidationPipe());
  await nest.init();
  await adapter.getInstance().ready();
  if (options.lane) lane = options.lane(nest);
  return assemble(options, { nest, metrics, gate, server: adapter.getInstance().server });
}

function answerUndecodable(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const [path = '/'] = request.url.split('?');
  const details = { detail: path.slice(0, 200) };
  const answer = errorAnswer('not_found', { details, requestId: request.id, skin: skinOf(path) });
  void reply.code(answer.status).headers(answer.headers).send(answer.body);
}

interface Parts {
  readonly nest: NestFastifyApplication;
  readonly metrics: Metrics;
  readonly gate: RequestGate;
  readonly server: Server;
}

function assemble(options: ServiceAppOptions, { nest, metrics, gate, server }: Parts): NestServiceApplication {
  let state: 'created' | 'started' | 'draining' = 'created';
  return {
    name: options.name,
    server,
    context: nest,
    start: async () => {
      await options.start?.(nest);
      state = 'started';
    },
    readiness: async () => {
      if (state === 'created') return `${options.name} has not started yet.`;
      if (state === 'draining') return `${options.name} is draining.`;
      return (await options.readiness?.(nest)) ?? null;
    },
    metrics: () => metrics.text(),
    drain: async (deadlineMs) => {
      state = 'draining';
      await Promise.all([gate.drain(deadlineMs), options.drain?.(nest, deadlineMs)]);
    },
    close: async () => {
      await closeServer(server);
      await nest.close();
      await options.close?.();
    },
  };
}

/**
 * Limits and error answers of every listener: 10 s for the header, 60 s for the whole request, heads that no two parsers
 * read differently, catalogue errors for all that is not HTTP, and connections kept longer than the 60 s after which
 * balancers forget theirs (else a request is lost in between).
 */
export function createHttpServer(handler: RequestHandler): Server {
  const guarded: RequestHandler = (request, response) => {
    const problem = headProblem(request.rawHeaders, request.url ?? '', request.httpVersion !== '1.0');
    if (problem === null) handler(request, response);
    else refuseHead(response, problem, request.url ?? '');
  };
  const server = createServer(
    {
      keepAliveTimeout: 75_000,
      headersTimeout: 10_000,
      requestTimeout: 60_000,
      connectionsCheckingInterval: 5_000,
      noDelay: true,
      // Node's own answer to a missing host has no body; ours is of the catalogue.
      requireHostHeader: false,
    },
    guarded,
  );
  server.on('clientError', answerClientError);
  // An expectation that nobody knows is ignored (RFC 9110 §10.1.1 allows it); node's own 417 is not of the catalogue.
  server.on('checkExpectation', guarded);
  return server;
}

/** Where one request ends and the next begins is not sure any more: nothing else of this connection is read. */
function refuseHead(response: ServerResponse, { code, details }: HeadProblem, target: string): void {
  const skin = skinOf(target);
  const answer = errorAnswer(code, { details, requestId: encodeWireId('req', uuidV7()), skin });
  const length = String(Buffer.byteLength(answer.body));
  response
    .writeHead(answer.status, { ...answer.headers, 'content-length': length, connection: 'close' })
    .end(answer.body);
}

const CLOSE_GRACE_MS = 1_000;

/**
 * Stops listening, closes idle connections at once and all others after a second: what may take longer belongs into the
 * drain before. Resolves when the last one has ended, or at once if it never listened.
 */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
