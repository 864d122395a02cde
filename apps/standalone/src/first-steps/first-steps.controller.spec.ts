import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { serveFirstSteps } from './first-steps.controller.js';
import { pageTexts } from './first-steps-text.domain.js';

const apiKey = 'sk-al-v1-secret';
const facts = { baseUrl: 'http://127.0.0.1:8787/v1', apiKey, adminUrl: 'http://127.0.0.1:8887' };

describe('the first-steps page', () => {
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer((request, response) => serveFirstSteps(facts, request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = addressOf(server).port;
  });

  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
  });

  function get(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
    return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      });
      request.once('error', reject).end();
    });
  }

  it('shows key and curl to a browser of this machine', async () => {
    const { status, body } = await get('/');
    expect(status).toBe(200);
    expect(body).toContain(`<code class="copy">${apiKey}</code>`);
    expect(body).toContain('curl -N http://127.0.0.1:8787/v1/chat/completions');
  });

  it('shows no key under a foreign name, as after a rebound DNS name', async () => {
    const { body } = await get('/', { host: 'evil.example:8787' });
    expect(body).not.toContain(apiKey);
    expect(body).toContain(pageTexts.en.keyHidden);
  });

  it('speaks Chinese to who asks for it, and says so', async () => {
    const { body } = await get('/', { 'accept-language': 'fr-FR, zh-CN;q=0.9, en;q=0.8' });
    expect(body).toContain('<html lang="zh-CN">');
    expect(body).toContain(pageTexts.zh.title);
    expect((await get('/?lang=en', { 'accept-language': 'zh' })).body).toContain('<html lang="en">');
  });

  it('allows no script, no frame and nothing from elsewhere', async () => {
    const { headers, body } = await get('/');
    const [, allowed] = /style-src '(sha256-[^']+)'/.exec(String(headers['content-security-policy'])) ?? [];
    const style = /<style>([^]*?)<\/style>/.exec(body)?.[1] ?? '';
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(style))).toString('base64');
    expect(allowed).toBe(`sha256-${digest}`);
    expect(String(headers['content-security-policy'])).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(body).not.toMatch(/<script|style="|src=|@import|url\(/);
  });

  it('answers HEAD without a body and refuses the rest', async () => {
    expect(await get('/', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect(await get('/', {}, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  it('has every text in both languages', () => {
    const empty = Object.values(pageTexts).flatMap((text) => Object.values(text).filter((value) => value === ''));
    expect(empty).toEqual([]);
  });
});

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return address;
}
