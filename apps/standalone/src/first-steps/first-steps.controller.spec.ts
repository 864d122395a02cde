import { hash } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { serveFirstSteps } from './first-steps.controller.js';
import { pageTexts } from './first-steps-text.domain.js';

const apiKey = 'sk-al-v1-secret';
const facts = { baseUrl: 'http://127.0.0.1:8787/v1', apiKey, adminUrl: 'http://127.0.0.1:8887', hasTopUp: true };

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

  async function rawAnswer(request: string): Promise<string> {
    const socket = connect(port, '127.0.0.1', () => socket.write(request)).setEncoding('utf8');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    return answer;
  }

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
    expect(body).toContain(`<code>${apiKey}</code>`);
    expect(body).toContain('curl -N http://127.0.0.1:8787/v1/chat/completions');
  });

  it('shows no key under a foreign name, as after a rebound DNS name', async () => {
    const { body } = await get('/', { host: 'evil.example:8787' });
    expect(body).not.toContain(apiKey);
    expect(body).toContain('Shown on the machine itself only; it stands in <code>quickstart.json</code>');
  });

  it.each(['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via', 'x-real-ip'])(
    'shows no key through a proxy on this machine, which tells itself by %s',
    async (header) => {
      expect((await get('/', { [header]: '203.0.113.7' })).body).not.toContain(apiKey);
    },
  );

  it('shows no key in HTTP/1.0, as a proxy asks that names nobody', async () => {
    expect(await rawAnswer('GET / HTTP/1.0\r\nHost: 127.0.0.1:8787\r\n\r\n')).not.toContain(apiKey);
  });

  it('speaks Chinese to who asks for it, and says so', async () => {
    const { body } = await get('/', { 'accept-language': 'fr-FR, zh-CN;q=0.9, en;q=0.8' });
    expect(body).toContain('<html lang="zh-CN">');
    expect(body).toContain(pageTexts.zh.title);
    expect((await get('/?lang=en', { 'accept-language': 'zh' })).body).toContain('<html lang="en">');
  });

  it('allows its one style and its one script by their hashes, no frame and nothing from elsewhere', async () => {
    const { headers, body } = await get('/');
    const policy = String(headers['content-security-policy']);
    for (const element of ['style', 'script']) {
      const contents = [...body.matchAll(new RegExp(`<${element}[^>]*>([^]*?)</${element}>`, 'g'))];
      expect(contents).toHaveLength(1);
      const digest = hash('sha256', contents[0]?.[1] ?? '', 'base64');
      expect(policy).toContain(`${element}-src 'sha256-${digest}'`);
    }
    expect(policy).toMatch(/^default-src 'none'.*frame-ancestors 'none'$/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(body).not.toMatch(/style="|\ssrc=|\son[a-z]+=|@import|url\(/);
  });

  it('has only links that a browser can open as they are', async () => {
    const { body } = await get('/');
    const links = [...body.matchAll(/<a href="([^"]+)"/g)].map(([, link]) => link);
    expect(links).toEqual([
      '/?lang=zh',
      '/top-up?lang=en',
      '/status',
      '/api/router/v1/models',
      `${facts.adminUrl}/health/ready`,
      `${facts.adminUrl}/metrics`,
    ]);
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
