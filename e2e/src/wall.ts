import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const chatBodySchema = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  max_tokens: z.number().optional(),
  max_completion_tokens: z.number().optional(),
});

/** One request as the upstream saw it. */
export interface WallCall {
  readonly model: string;
  readonly body: z.output<typeof chatBodySchema>;
  readonly authorization: string;
  readonly startedAt: number;
  /** When the gateway closed or reset the connection before our answer was whole; null while it has not. */
  cancelledAt: number | null;
  finished: boolean;
  /** Tokens sent so far. */
  tokens: number;
}

export type WallScript = (call: WallCall, request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/**
 * A provider that plays a script per model name and counts what it served: the oracle that books are held against.
 */
export class Wall {
  readonly calls: WallCall[] = [];
  private readonly scripts = new Map<string, WallScript>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Wall> {
    const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 });
    const wall = new Wall(server);
    server.on('request', (request, response) => void wall.serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return wall;
  }

  get baseUrl(): string {
    const address = this.server.address();
    return `http://127.0.0.1:${isAddress(address) ? address.port : 0}/v1`;
  }

  script(model: string, script: WallScript): void {
    this.scripts.set(model, script);
  }

  callsOf(model: string): WallCall[] {
    return this.calls.filter((call) => call.model === model);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    request.setEncoding('utf8');
    for await (const part of request) text += String(part);
    const body = chatBodySchema.parse(JSON.parse(text));
    const call: WallCall = {
      model: body.model,
      body,
      authorization: request.headers.authorization ?? '',
      startedAt: Date.now(),
      cancelledAt: null,
      finished: false,
      tokens: 0,
    };
    this.calls.push(call);
    response.on('close', () => {
      if (response.writableFinished) call.finished = true;
      else call.cancelledAt = Date.now();
    });
    const script = this.scripts.get(body.model);
    if (script === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: `no script for ${body.model}`, type: 'not_found_error' } }));
      return;
    }
    await script(call, request, response);
  }
}

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

export interface AnswerPlan {
  readonly tokens: number;
  readonly inputTokens?: number;
  /** Pause between tokens; 0 sends them in one go. */
  readonly paceMs?: number;
  readonly finishReason?: 'stop' | 'length' | 'tool_calls' | 'error';
  /** Sends no token behind that many before the promise resolves. */
  readonly waitAfter?: { readonly tokens: number; readonly until: Promise<void> };
  /** What happens after that many tokens instead of a finish. */
  readonly breakAfter?: { readonly tokens: number; readonly how: 'reset' | 'close' | 'stall' | 'error_event' };
  /** Says so many tokens, and the rest only when this resolves. */
  readonly pauseAfter?: { readonly tokens: number; readonly until: Promise<void> };
  /** Sends finish reason, usage and [DONE] only when this resolves. */
  readonly beforeFinish?: Promise<void>;
  readonly beforeUsage?: Promise<void>;
  readonly beforeDone?: Promise<void>;
  /** Breaks off behind the finish reason, before the usage or behind it. */
  readonly cutBehindFinish?: { readonly before: 'usage' | 'done'; readonly how: 'reset' | 'close' };
  /** Bytes that mean nothing and count as no tokens, sent before the finish reason as fast as they are taken. */
  readonly floodBytes?: number;
  readonly withoutUsage?: boolean;
  readonly withoutFinishReason?: boolean;
  readonly withoutDone?: boolean;
}

/** A script that answers like an OpenAI-compatible provider, streamed or not as the request asks. */
export function answering(plan: AnswerPlan): WallScript {
  return async (call, _request, response) => {
    if (call.body.stream === true) await streamAnswer(plan, call, response);
    else wholeAnswer(plan, call, response);
  };
}

function usageOf(plan: AnswerPlan, tokens: number): object {
  const input = plan.inputTokens ?? 10;
  return { prompt_tokens: input, completion_tokens: tokens, total_tokens: input + tokens };
}

function allowed(plan: AnswerPlan, call: WallCall): number {
  return Math.min(plan.tokens, call.body.max_tokens ?? call.body.max_completion_tokens ?? Number.MAX_SAFE_INTEGER);
}

function wholeAnswer(plan: AnswerPlan, call: WallCall, response: ServerResponse): void {
  const tokens = allowed(plan, call);
  call.tokens = tokens;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      id: 'chatcmpl-wall',
      object: 'chat.completion',
      created: 1,
      model: call.model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'word '.repeat(tokens) },
          finish_reason: tokens < plan.tokens ? 'length' : (plan.finishReason ?? 'stop'),
        },
      ],
      ...(plan.withoutUsage === true ? {} : { usage: usageOf(plan, tokens) }),
    }),
  );
}

function chunk(call: WallCall, choices: readonly object[], extra: object = {}): string {
  return `data: ${JSON.stringify({ id: 'chatcmpl-wall', object: 'chat.completion.chunk', created: 1, model: call.model, choices, ...extra })}\n\n`;
}

async function streamAnswer(plan: AnswerPlan, call: WallCall, response: ServerResponse): Promise<void> {
  const tokens = allowed(plan, call);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk(call, [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]));
  for (let index = 0; index < tokens; index++) {
    if (response.destroyed) return;
    if (plan.waitAfter?.tokens === index) await plan.waitAfter.until;
    if (plan.breakAfter?.tokens === index) return breakOff(plan.breakAfter.how, response);
    if (plan.pauseAfter?.tokens === index) await plan.pauseAfter.until;
    response.write(chunk(call, [{ index: 0, delta: { content: `w${index} ` }, finish_reason: null }]));
    call.tokens++;
    if ((plan.paceMs ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, plan.paceMs));
  }
  if (plan.breakAfter?.tokens === tokens) return breakOff(plan.breakAfter.how, response);
  await flood(call, response, plan.floodBytes ?? 0);
  await plan.beforeFinish;
  if (plan.withoutFinishReason !== true) {
    const reason = tokens < plan.tokens ? 'length' : (plan.finishReason ?? 'stop');
    response.write(chunk(call, [{ index: 0, delta: {}, finish_reason: reason }]));
  }
  await plan.beforeUsage;
  if (plan.cutBehindFinish?.before === 'usage') return breakOff(plan.cutBehindFinish.how, response);
  if (plan.withoutUsage !== true) response.write(chunk(call, [], { usage: usageOf(plan, tokens) }));
  await plan.beforeDone;
  if (plan.cutBehindFinish?.before === 'done') return breakOff(plan.cutBehindFinish.how, response);
  if (plan.withoutDone !== true) response.write('data: [DONE]\n\n');
  response.end();
}

const FLOOD_EVENT_BYTES = 64 * 1024;

async function flood(call: WallCall, response: ServerResponse, bytes: number): Promise<void> {
  const event = chunk(call, [{ index: 0, delta: { padding: 'x'.repeat(FLOOD_EVENT_BYTES) }, finish_reason: null }]);
  for (let sent = 0; sent < bytes && !response.destroyed; sent += FLOOD_EVENT_BYTES) {
    if (response.write(event)) continue;
    const { promise, resolve } = Promise.withResolvers<void>();
    response.once('drain', resolve).once('close', resolve);
    await promise;
    response.off('close', resolve);
  }
}

async function breakOff(how: 'reset' | 'close' | 'stall' | 'error_event', response: ServerResponse): Promise<void> {
  // What was written before is on its way; a comment means nothing.
  await new Promise<void>((resolve) => response.write(': cut\n\n', () => resolve()));
  switch (how) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'close':
      response.destroy();
      return;
    case 'error_event':
      response.end('data: {"error":{"message":"the provider died","type":"server_error","code":"upstream_error"}}\n\n');
      return;
    case 'stall':
      return;
    default:
      how satisfies never;
  }
}

/** A script that answers with an error status. */
export function refusing(status: number, body: object | string, headers: Record<string, string> = {}): WallScript {
  return (_call, _request, response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, {
      'content-type': typeof body === 'string' ? 'text/html' : 'application/json',
      ...headers,
    });
    response.end(text);
  };
}
