import { connect } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { FrontListener } from './front-listener.service.js';
import { targetOf } from './route.domain.js';

describe('the path of a request', () => {
  it.each([
    ['/', 'first-steps'],
    ['/?lang=zh', 'first-steps'],
    ['/v1/chat/completions', 'edge-proxy'],
    ['/api/hello', 'edge-proxy'],
    ['/api/billing/v1/accounts?limit=1', 'billing'],
    ['/.well-known/jwks.json', 'billing'],
    ['/internal/v1/key-lookups', 'billing'],
    ['/api/router/v1/models', 'router'],
    ['/api/invoicing/v1/accounts/acc_1/invoiceable', 'invoicing'],
    ['/api/v2/summary.json', 'status'],
    ['/status?lang=zh', 'status'],
    ['/statuses', 'edge-proxy'],
    ['/api/billing/v10', 'edge-proxy'],
    ['/nothing', 'edge-proxy'],
    ['*', 'edge-proxy'],
    ['', 'edge-proxy'],
  ])('%s belongs to %s', (path, target) => {
    expect(targetOf(path)).toBe(target);
  });
});

describe('the one port', () => {
  let front: FrontListener;
  let origin: string;

  beforeEach(async () => {
    front = await FrontListener.listen({ host: '127.0.0.1', port: 0 });
    origin = `http://127.0.0.1:${front.address.port}`;
    for (const target of ['billing', 'edge-proxy'] as const) {
      front.attach(target, (_request, response) => response.end(target));
    }
  });

  afterEach(async () => {
    await front.close();
  });

  it('lets services ask each other, but no client in, before everything is ready', async () => {
    expect(await (await fetch(`${origin}/internal/v1/key-lookups`)).text()).toBe('billing');
    const early = await fetch(`${origin}/v1/models`);
    expect(early.status).toBe(503);
    expect(early.headers.get('retry-after')).toMatch(/^\d+$/);
    front.open();
    expect(await (await fetch(`${origin}/v1/models`)).text()).toBe('edge-proxy');
  });

  it('answers 503 from the catalogue for a service that is gone', async () => {
    front.open();
    front.detach('edge-proxy');
    const answer = await fetch(`${origin}/v1/models`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'billing_unavailable' } });
  });

  it('says in one sentence that the port is taken', async () => {
    const { port } = front.address;
    await expect(FrontListener.listen({ host: '127.0.0.1', port })).rejects.toThrow(
      new RegExp(`^PORT ${port} is in use on 127\\.0\\.0\\.1: [^\\n]*$`),
    );
  });
});

describe('what is no clean HTTP', () => {
  let front: FrontListener;

  beforeEach(async () => {
    front = await FrontListener.listen({ host: '127.0.0.1', port: 0 });
    front.attach('edge-proxy', (_request, response) => response.end('edge'));
    front.open();
  });

  afterEach(async () => front.close());

  it.each([
    ['a line that is no request', 'nonsense\r\n\r\n'],
    ['two hosts', 'GET /v1/models HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n'],
    ['no host', 'GET /v1/models HTTP/1.1\r\n\r\n'],
    ['two lengths', 'POST /v1/x HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}'],
    ['a target of another host', 'GET http://b/v1/models HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['a header block above 16 KiB', `GET /v1/models HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`],
    ['101 headers', `GET /v1/models HTTP/1.1\r\nhost: a\r\n${'x: y\r\n'.repeat(101)}\r\n`],
  ])('is 400 from the catalogue, and the connection closes: %s', async (_name, text) => {
    const socket = connect(front.address.port, '127.0.0.1');
    let received = '';
    socket.on('data', (bytes: Buffer) => (received += bytes.toString()));
    socket.on('error', () => undefined);
    socket.write(text);
    await new Promise((resolve) => {
      socket.once('close', resolve);
    });
    expect(received).toMatch(/^HTTP\/1\.1 400 /);
    expect(received).toMatch(/\r\nx-request-id: req_/);
    expect(received).toContain('"code":"invalid_header"');
  });

  it('takes an expectation that nobody knows for none', async () => {
    const socket = connect(front.address.port, '127.0.0.1');
    socket.write('GET /v1/models HTTP/1.1\r\nhost: a\r\nexpect: miracles\r\nconnection: close\r\n\r\n');
    let received = '';
    socket.on('data', (bytes: Buffer) => (received += bytes.toString()));
    await new Promise((resolve) => {
      socket.once('close', resolve);
    });
    expect(received).toContain('edge');
  });
});
