import { createServer, type IncomingMessage, type Server } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { WebhookClient } from './webhook.client.js';

const portSchema = z.object({ port: z.number() });

describe('sending a webhook', () => {
  let server: Server;
  let port: number;
  let received: { request: IncomingMessage; body: string }[] = [];
  let answer: { status: number; headers?: Record<string, string>; body?: string } = { status: 200 };

  beforeEach(async () => {
    received = [];
    answer = { status: 200 };
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ request, body: Buffer.concat(chunks).toString() });
        response.writeHead(answer.status, answer.headers).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    ({ port } = portSchema.parse(server.address()));
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  async function send(privateAddresses: 'refuse' | 'allow', host = '127.0.0.1') {
    const client = new WebhookClient(privateAddresses, () => 0);
    try {
      return await client.send({
        url: `http://${host}:${port}/x`,
        body: '{"a":1}',
        headers: { 'webhook-id': 'evt_1' },
      });
    } finally {
      await client.close();
    }
  }

  it('posts the body with its headers and tells the status', async () => {
    answer = { status: 202 };
    expect(await send('allow')).toEqual({ kind: 'answered', status: 202, durationMs: 0 });
    expect(received[0]?.body).toBe('{"a":1}');
    expect(received[0]?.request.headers).toMatchObject({ 'webhook-id': 'evt_1', 'content-type': 'application/json' });
  });

  it.each(['127.0.0.1', 'localhost'])('does not reach %s unless private addresses are allowed', async (host) => {
    expect(await send('refuse', host)).toMatchObject({ kind: 'failed', error: 'its address is not a public one' });
    expect(received).toEqual([]);
  });

  it('does not follow a redirect, which could lead anywhere', async () => {
    answer = { status: 302, headers: { location: `http://127.0.0.1:${port}/other` } };
    expect(await send('allow')).toMatchObject({ status: 302 });
    expect(received).toHaveLength(1);
  });

  it('says in words of ours what went wrong, nothing of what answered', async () => {
    await new Promise((resolve) => {
      server.close(resolve);
    });
    expect(await send('allow')).toEqual({
      kind: 'failed',
      error: 'the connection failed (ECONNREFUSED)',
      durationMs: 0,
    });
  });
});
