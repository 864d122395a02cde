import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';

import { afterEach, describe, expect, it } from '@jest/globals';

import { CallRecorder, LoopbackUpstreams } from './misbehaving-upstream.js';
import { UndiciUpstreamClient } from './undici-upstream-client.js';
import type { UpstreamRequest } from './upstream-client.js';

const upstreams = new LoopbackUpstreams();
const clients: UndiciUpstreamClient[] = [];

afterEach(async () => {
  await upstreams.close();
  for (const opened of clients.splice(0)) await opened.close();
});

function client(): UndiciUpstreamClient {
  const opened = new UndiciUpstreamClient();
  clients.push(opened);
  return opened;
}

function request(baseUrl: string, change: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    baseUrl,
    path: '/chat/completions',
    headers: ['content-type', 'application/json'],
    body: [Buffer.from('{"a":'), Buffer.from('1}')],
    timeouts: { connectMs: 3000, firstByteMs: 3000, idleMs: 3000 },
    allowPrivateAddress: true,
    ...change,
  };
}

async function run(
  baseUrl: string,
  change: Partial<UpstreamRequest> = {},
  through: UndiciUpstreamClient = client(),
): Promise<CallRecorder> {
  const recorder = new CallRecorder();
  through.dispatch(request(baseUrl, change), recorder);
  await recorder.over;
  return recorder;
}

const silence = (): void => undefined;
const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n';

describe('UndiciUpstreamClient', () => {
  it('posts the pieces of the body as one and gives head, data and end in order', async () => {
    const origin = await upstreams.http((incoming, response) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () => {
        response.writeHead(200, { 'x-one': '1', 'set-cookie': ['a=1', 'b=2'] });
        const { method, url, headers } = incoming;
        response.end(JSON.stringify([method, url, headers['content-length'], Buffer.concat(parts).toString()]));
      });
    });
    const recorder = await run(`${origin}/v1/`);
    expect(recorder.events).toEqual(['sent', 'head 200', 'end']);
    expect(recorder.headers).toMatchObject({ 'x-one': '1', 'set-cookie': 'a=1, b=2' });
    expect(JSON.parse(recorder.text)).toEqual(['POST', '/v1/chat/completions', '7', '{"a":1}']);
  });

  it.each(['', '/', '/v1', '/v1/', '/openai/v1//'])('joins the path behind the base URL "%s"', async (prefix) => {
    const origin = await upstreams.http((incoming, response) => response.end(incoming.url));
    const recorder = await run(origin + prefix);
    expect(recorder.text).toBe(`${prefix.replace(/\/+$/, '')}/chat/completions`);
  });

  it('calls a refused connection a connect error', async () => {
    const recorder = await run(await upstreams.nobody());
    expect(recorder.failure).toEqual({ class: 'connect_error', code: 'ECONNREFUSED' });
    expect(recorder.events).toEqual(['error connect_error']);
  });

  it('calls a base URL that is none a connect error, and never on the stack of the caller', async () => {
    const recorder = new CallRecorder();
    client().dispatch(request('nowhere'), recorder);
    expect(recorder.events).toEqual([]);
    await recorder.over;
    expect(recorder.failure).toEqual({ class: 'connect_error', code: 'INVALID_BASE_URL' });
  });

  it('calls a header that cannot be sent a connect error, and never on the stack of the caller', async () => {
    const origin = await upstreams.http((_incoming, response) => response.end());
    const recorder = new CallRecorder();
    client().dispatch(request(origin, { headers: ['x-broken', 'a\r\nb: c'] }), recorder);
    expect(recorder.events).toEqual([]);
    await recorder.over;
    expect(recorder.failure?.class).toBe('connect_error');
  });

  it('keeps the query of the base URL behind the path', async () => {
    const origin = await upstreams.http((incoming, response) => response.end(incoming.url));
    const recorder = await run(`${origin}/openai/?api-version=1`);
    expect(recorder.text).toBe('/openai/chat/completions?api-version=1');
  });

  it('takes no call after it was closed, and lets running ones end', async () => {
    const origin = await upstreams.http((_incoming, response) => {
      response.write('a');
      setImmediate().then(
        () => response.end('b'),
        () => response.destroy(),
      );
    });
    const shared = client();
    const running = new CallRecorder();
    shared.dispatch(request(origin), running);
    await running.firstData;
    await shared.close();
    expect(running.text).toBe('ab');
    expect((await run(origin, {}, shared)).failure).toEqual({ class: 'connect_error', code: 'CLIENT_CLOSED' });
  });

  it('gives up waiting for a free connection after the connect limit', async () => {
    const origin = await upstreams.http(silence);
    const one = new UndiciUpstreamClient({ connectionsPerOrigin: 1 });
    clients.push(one);
    const first = new CallRecorder();
    const holding = one.dispatch(request(origin), first);
    const second = new CallRecorder();
    const timeouts = { connectMs: 40, firstByteMs: 3000, idleMs: 3000 };
    one.dispatch(request(origin, { timeouts }), second);
    await second.over;
    expect(second.failure).toEqual({ class: 'connect_error', code: 'TIMEOUT' });
    holding.cancel();
  });

  it('calls a connection that breaks before the head a reset', async () => {
    const closed = await run(await upstreams.raw('', (socket) => socket.end()));
    const broken = await run(await upstreams.raw('', (socket) => socket.resetAndDestroy()));
    const half = await run(await upstreams.raw('HTTP/1.1 200 OK\r\ncontent-ty', (socket) => socket.resetAndDestroy()));
    expect([closed, broken, half].map(({ failure }) => failure?.class)).toEqual(['reset', 'reset', 'reset']);
  });

  it('calls an answer that is not HTTP malformed', async () => {
    const recorder = await run(await upstreams.raw('SSH-2.0-OpenSSH_9.9\r\n', (socket) => socket.end()));
    expect(recorder.failure?.class).toBe('malformed');
  });

  it('takes a head of 32 KB and refuses one without end', async () => {
    const large = await run(
      await upstreams.raw(`${head}content-length: 0\r\nx-large: ${'a'.repeat(32_000)}\r\n\r\n`, silence),
    );
    expect(large.events).toEqual(['sent', 'head 200', 'end']);
    const endless = await run(await upstreams.raw(`${head}x-endless: ${'a'.repeat(200_000)}`, silence));
    expect(endless.failure?.class).toBe('malformed');
  });

  it('calls silence before the first byte of the body a first-token timeout, with and without a head', async () => {
    const timeouts = { connectMs: 3000, firstByteMs: 40, idleMs: 3000 };
    const silent = await run(await upstreams.raw('', silence), { timeouts });
    expect(silent.events).toEqual(['sent', 'error first_token_timeout']);
    const headOnly = await run(await upstreams.raw(`${head}content-length: 5\r\n\r\n`, silence), { timeouts });
    expect(headOnly.events).toEqual(['sent', 'head 200', 'error first_token_timeout']);
  });

  it('calls silence in the body an idle timeout, and closes the connection', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const origin = await upstreams.http((incoming, response) => {
      closed = once(incoming.socket, 'close');
      response.write('data: 1\n\n');
    });
    const recorder = await run(origin, { timeouts: { connectMs: 3000, firstByteMs: 3000, idleMs: 40 } });
    expect(recorder.events).toEqual(['sent', 'head 200', 'error idle_timeout']);
    await closed;
  });

  it('calls a body that breaks off a cut: by length, by chunk, by reset', async () => {
    const short = await run(await upstreams.raw(`${head}content-length: 50\r\n\r\nabc`, (socket) => socket.end()));
    const chunked = await run(
      await upstreams.raw(`${head}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`, (s) => s.end()),
    );
    const broken = await run(await upstreams.raw(`${head}transfer-encoding: chunked\r\n\r\nzz\r\n`, (s) => s.end()));
    for (const recorder of [short, chunked, broken]) expect(recorder.failure?.class).toBe('cut');
    expect(chunked.text).toBe('abc');
  });

  it('does not follow a redirect', async () => {
    const origin = await upstreams.http((_incoming, response) => {
      response.writeHead(307, { location: 'http://169.254.169.254/latest' }).end();
    });
    const recorder = await run(origin);
    expect(recorder.events).toEqual(['sent', 'head 307', 'end']);
  });

  it('closes the connection at a cancel, and the handler hears nothing more', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const origin = await upstreams.http((incoming, response) => {
      closed = once(incoming.socket, 'close');
      response.write('data: 1\n\n');
    });
    const recorder = new CallRecorder();
    const call = client().dispatch(request(origin), recorder);
    await recorder.firstData;
    call.cancel();
    call.cancel();
    call.resume();
    await closed;
    expect(recorder.events).toEqual(['sent', 'head 200']);
  });

  it('never sends a call that was cancelled while it waited for its connection', async () => {
    let calls = 0;
    const origin = await upstreams.http((_incoming, response) => {
      calls++;
      response.end('x');
    });
    const shared = client();
    const cancelled = new CallRecorder();
    shared.dispatch(request(origin), cancelled).cancel();
    const next = new CallRecorder();
    shared.dispatch(request(origin), next);
    await next.over;
    expect(cancelled.events).toEqual([]);
    expect(calls).toBe(1);
  });

  it('reads no more than the sockets hold while the caller has paused, and idle time does not run then', async () => {
    const total = 64 * 1024 * 1024;
    const block = Buffer.alloc(1024 * 1024, 97);
    let written = 0;
    const origin = await upstreams.http((_incoming, response) => {
      const write = (): void => {
        while (written < total) {
          written += block.length;
          if (!response.write(block)) {
            response.once('drain', write);
            return;
          }
        }
        response.end();
      };
      write();
    });
    const recorder = new CallRecorder();
    recorder.takes = false;
    const timeouts = { connectMs: 3000, firstByteMs: 3000, idleMs: 60 };
    const call = client().dispatch(request(origin, { timeouts }), recorder);
    await recorder.firstData;
    // Calls to a silent upstream are the clock: their idle time passes, the paused call's must not.
    const silent = await upstreams.raw(`${head}content-length: 9\r\n\r\nabc`, silence);
    for (let i = 0; i < 3; i++) expect((await run(silent, { timeouts })).failure?.class).toBe('idle_timeout');
    expect(recorder.failure).toBeNull();
    expect(written).toBeLessThan(total);
    recorder.takes = true;
    call.resume();
    await recorder.over;
    expect(recorder.events).toEqual(['sent', 'head 200', 'end']);
    expect(recorder.chunks.reduce((sum, { length }) => sum + length, 0)).toBe(total);
  });

  it('uses a connection again after an answer that ended', async () => {
    const ports = new Set<number | undefined>();
    const origin = await upstreams.http((incoming, response) => {
      ports.add(incoming.socket.remotePort);
      response.end('x');
    });
    const shared = client();
    for (let i = 0; i < 3; i++) {
      await run(origin, {}, shared);
      // undici takes the connection back in the turn after the answer's end.
      await setImmediate();
    }
    expect(ports.size).toBe(1);
  });
});
