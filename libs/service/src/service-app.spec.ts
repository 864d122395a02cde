import { connect } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Inject, Injectable, Module, Param, Post, UseGuards } from '@nestjs/common';
import { accountIdSchema, encodeWireId } from '@apilink/contracts';
import { z } from 'zod';

import { ApiError } from './error-filter/api-error.js';
import {
  AccessTokenSigner,
  AccessTokenVerifier,
  createSigningKey,
  type AccessClaims,
} from './identity/access-token.js';
import { Actor, JwtGuard, Roles, ServiceTokenGuard } from './identity/guards.js';
import { IdentityModule } from './identity/identity.module.js';
import { ServiceTokens } from './identity/service-tokens.js';
import { uuidV7 } from './identity/uuid-v7.js';
import { createLogger } from './logger/logger.js';
import { createServiceApp, type NestServiceApplication } from './service-app.js';
import { listen } from './shutdown/listen.js';

const orderSchema = z.object({ item: z.string().min(1), count: z.coerce.number().int().min(1) });
type Order = z.output<typeof orderSchema>;

@Injectable()
class Kitchen {
  readonly served: Order[] = [];
  release: (() => void) | null = null;

  hold(): Promise<void> {
    return new Promise((resolve) => {
      this.release = resolve;
    });
  }
}

@Controller('api/tiny')
class TinyController {
  constructor(@Inject(Kitchen) private readonly kitchen: Kitchen) {}

  @Post('orders')
  order(@Body({ schema: orderSchema }) order: Order): Order {
    this.kitchen.served.push(order);
    return order;
  }

  @Get('orders/:id')
  find(@Param('id') id: string): never {
    if (id === 'boom') throw new Error('password=hunter2 at line 3');
    throw new ApiError('rate_limit_requests', { limit: '5' }, undefined, 90_000);
  }

  @Get('slow')
  async slow(): Promise<{ done: boolean }> {
    await this.kitchen.hold();
    return { done: true };
  }

  @Get('me')
  @UseGuards(JwtGuard)
  @Roles('operator')
  me(@Actor() actor: AccessClaims): AccessClaims {
    return actor;
  }

  @Get('internal')
  @UseGuards(ServiceTokenGuard)
  internal(): { ok: boolean } {
    return { ok: true };
  }
}

const SERVICE_TOKEN = 's'.repeat(32);

async function errorOf(response: Response): Promise<{ code: string; message: string; param: string | null }> {
  const schema = z.object({
    error: z.object({ code: z.string(), message: z.string(), param: z.string().nullable() }),
  });
  return schema.parse(await response.json()).error;
}

describe('a service application', () => {
  const lines: string[] = [];
  let application: NestServiceApplication;
  let signer: AccessTokenSigner;
  let base: string;
  let port: number;

  beforeEach(async () => {
    lines.length = 0;
    signer = new AccessTokenSigner([await createSigningKey()]);
    @Module({
      imports: [
        IdentityModule.forRoot({
          verifier: AccessTokenVerifier.fromKeys(signer.jwks()),
          serviceTokens: new ServiceTokens([SERVICE_TOKEN, 't'.repeat(32)]),
        }),
      ],
      controllers: [TinyController],
      providers: [Kitchen],
    })
    class TinyModule {}
    application = await createServiceApp({
      name: 'tiny',
      module: TinyModule,
      logger: createLogger({ name: 'tiny', destination: { write: (line) => lines.push(line) } }),
      bodyBytesMax: 1024,
      lane: () => (request, response) => {
        if (request.url !== '/hot') return false;
        response.end('hot');
        return true;
      },
    });
    await application.start();
    ({ port } = await listen(application.server, { host: '127.0.0.1', port: 0 }, 'PORT'));
    base = `http://127.0.0.1:${port}`;
  });

  afterEach(async () => {
    application.server.closeAllConnections();
    await application.close();
  });

  const post = (body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${base}/api/tiny/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  const ask = async (path: string, token: string | null): Promise<number> => {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    return (await fetch(`${base}/api/tiny/${path}`, { headers })).status;
  };

  it('hands a controller the parsed body, and every answer an id and headers that stop sniffing', async () => {
    const response = await post('{"item":"tea","count":"2","more":1}');
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ item: 'tea', count: 2 });
    expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-z]{26}$/);
    expect(response.headers.get('request-id')).toBe(response.headers.get('x-request-id'));
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['{"item":"tea",}', {}, 400, 'invalid_json', 'position'],
    ['', {}, 400, 'missing_parameter', '"body" is required'],
    ['{"count":1}', {}, 400, 'missing_parameter', '"item" is required'],
    ['{"item":"tea","count":0}', {}, 400, 'invalid_parameter', '"count"'],
    [JSON.stringify({ item: 'x'.repeat(2000), count: 1 }), {}, 413, 'body_too_large', '1024 bytes'],
    ['item=tea', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type', 'text/plain'],
    ['{}', { 'content-encoding': 'br' }, 415, 'unsupported_encoding', 'br'],
  ])('refuses the body %p with headers %p by the catalogue', async (body, headers, status, code, text) => {
    const response = await post(body, headers);
    const error = await errorOf(response);
    expect([response.status, error.code]).toEqual([status, code]);
    expect(error.message).toContain(text);
    expect(response.headers.get('x-should-retry')).toBe('false');
  });

  it('tells a wrong path from a wrong method', async () => {
    const nowhere = await fetch(`${base}/api/tiny/nothing?q=1`);
    expect([nowhere.status, (await errorOf(nowhere)).message]).toEqual([404, 'There is nothing at /api/tiny/nothing.']);
    expect((await fetch(`${base}/api/tiny/orders/`, { method: 'POST' })).status).toBe(404);
    const wrong = await fetch(`${base}/api/tiny/orders`, { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await errorOf(wrong)).code).toBe('method_not_allowed');
  });

  it.each<[string, Record<string, unknown>]>([
    ['/v1/messages/nothing', { type: 'error', error: { type: 'not_found_error' } }],
    ['/api/v1/nothing?a=b', { error: { code: 404, metadata: { error_type: 'not_found' } } }],
    ['/v1beta/nothing', { error: { code: 404, status: 'NOT_FOUND' } }],
    ['/v1beta/%', { error: { code: 404, status: 'NOT_FOUND' } }],
  ])('says in the caller’s form that there is nothing at %s', async (path, told) => {
    const answer = await fetch(`${base}${path}`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject(told);
  });

  it('keeps the cause of an unforeseen error in the log, under the id that the client sees', async () => {
    const response = await fetch(`${base}/api/tiny/orders/boom`);
    const body = await response.text();
    expect(response.status).toBe(500);
    expect(body).toContain('internal_error');
    expect(body).not.toMatch(/hunter2|spec\.js|at /);
    expect(lines.find((line) => line.includes(String(response.headers.get('x-request-id'))))).toContain('hunter2');
  });

  it('bounds the wait that it asks for to a minute, whole seconds and milliseconds alike', async () => {
    const response = await fetch(`${base}/api/tiny/orders/1`);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('60');
    expect(response.headers.get('retry-after-ms')).toBe('60000');
    expect(response.headers.has('x-should-retry')).toBe(false);
  });

  it('knows people by their token and their role, and services by either of two tokens', async () => {
    const accountId = accountIdSchema.parse(encodeWireId('acc', uuidV7()));
    const operator = await signer.sign({ subject: 'operator', accountId: null, roles: ['operator'] });
    const owner = await signer.sign({ subject: 'ann', accountId, roles: ['owner'] });
    expect(await ask('me', operator.accessToken)).toBe(200);
    expect(await ask('me', owner.accessToken)).toBe(403);
    expect(await ask('me', null)).toBe(401);
    expect(await ask('me', `${operator.accessToken}x`)).toBe(401);
    expect(await ask('internal', SERVICE_TOKEN)).toBe(200);
    expect(await ask('internal', 't'.repeat(32))).toBe(200);
    expect(await ask('internal', 'u'.repeat(32))).toBe(401);
    expect(await ask('internal', operator.accessToken)).toBe(401);
  });

  it('takes hot requests past Nest, and counts the others by route in its own registry', async () => {
    expect(await (await fetch(`${base}/hot`)).text()).toBe('hot');
    await post('{"item":"tea","count":1}');
    await fetch(`${base}/unknown/12345`);
    const text = await application.metrics();
    expect(text).toContain('service="tiny",method="POST",route="/api/tiny/orders",status="201"');
    expect(text).toContain('route="none",status="404"');
    expect(text).not.toContain('12345');
  });

  it('finishes what runs and refuses what comes while it drains', async () => {
    const kitchen = application.context.get(Kitchen);
    const running = fetch(`${base}/api/tiny/slow`);
    const held = Date.now();
    while (kitchen.release === null && Date.now() - held < 5_000) await fetch(`${base}/hot`);
    expect(await application.readiness()).toBeNull();
    const drained = application.drain(5_000);
    expect(await application.readiness()).toBe('tiny is draining.');
    const refused = await fetch(`${base}/api/tiny/orders`, { method: 'POST' });
    expect([refused.status, refused.headers.get('connection')]).toEqual([503, 'close']);
    kitchen.release?.();
    expect(await (await running).json()).toEqual({ done: true });
    await drained;
  });

  it('answers requests that a front listener hands over, without listening itself', async () => {
    const { createServer } = await import('node:http');
    const front = createServer((request, response) => {
      application.server.emit('request', request, response);
    });
    const address = await listen(front, { host: '127.0.0.1', port: 0 }, 'PORT');
    const response = await fetch(`http://127.0.0.1:${address.port}/api/tiny/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"item":"tea","count":1}',
    });
    expect(response.status).toBe(201);
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
  });

  it('answers a path that cannot be decoded from the catalogue, with the id of the request', async () => {
    const answer = await fetch(`${base}/api/tiny/%`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
    expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } });
  });

  it('answers bytes that are no HTTP with 400 and closes', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(answer).not.toMatch(/ at |node:/);
  });
});
