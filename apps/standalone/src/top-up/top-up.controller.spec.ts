import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { encodeWireId } from '@apilink/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { topUpPage } from './top-up.controller.js';
import { topUpTexts } from './top-up-text.domain.js';

const accountId = encodeWireId('acc', '019a9d3c-5b1e-7c2d-8f3a-0123456789ab');
const topup = {
  orderId: encodeWireId('ord', '019a9d3c-5b1e-7c2d-8f3a-0123456789ab'),
  accountId,
  channel: 'sandbox',
  currency: 'USD',
  minorUnits: '2500',
  creditNanoUsd: '25000000000',
  fxRate: null,
  state: 'pending',
  reason: null,
  checkoutUrl: 'http://127.0.0.1:8787/sandbox-checkout/sbx_1?lang=en',
  actor: 'operator',
  createdAt: '2026-11-22T12:00:00.000Z',
  expiresAt: '2026-11-22T12:30:00.000Z',
};
const refusal = {
  error: { code: 'topup_below_minimum', message: 'A top-up is at least $5.00; $4.99 is less.' },
};

describe('the page for top-ups', () => {
  let billing: Server;
  let page: Server;
  let origin: string;
  let asked: unknown[] = [];

  beforeAll(async () => {
    billing = createServer((request, response) => {
      void answerAsBilling(request, response);
    });
    const operatorToken = 'o'.repeat(32);
    const facts = {
      origin: await listening(billing),
      isEnabled: true,
      operatorToken,
      accountId,
      logger: { error: () => undefined },
    };
    page = createServer(topUpPage(facts));
    origin = await listening(page);
  });

  /** Billing as this page sees it. */
  async function answerAsBilling(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request);
    response.setHeader('content-type', 'application/json');
    if (request.url?.endsWith('/operator-sessions') === true) {
      response.end(JSON.stringify({ accessToken: 'token', expiresAt: '2026-11-22T12:10:00.000Z' }));
      return;
    }
    asked.push(JSON.parse(text));
    const isTooLittle = text.includes('"499"');
    response.writeHead(isTooLittle ? 400 : 201).end(JSON.stringify(isTooLittle ? refusal : topup));
  }

  beforeEach(() => {
    asked = [];
  });

  afterAll(async () => {
    for (const server of [page, billing]) await new Promise((resolve) => server.close(resolve));
  });

  function send(amount: string, headers: Readonly<Record<string, string>> = {}, query = '') {
    return fetch(`${origin}/top-up${query}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', connection: 'close', ...headers },
      body: new URLSearchParams({ currency: 'USD', amount }).toString(),
    });
  }

  it('opens the checkout of the amount that was chosen, on the name by which the browser came', async () => {
    const answer = await send('25');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sandbox-checkout/sbx_1?lang=en']);
    expect(asked).toMatchObject([{ accountId, channel: 'sandbox', currency: 'USD', minorUnits: '2500' }]);
  });

  it.each([
    ['4.99', topUpTexts.en.tooLittle.replace('{least}', '$5.00')],
    ['', topUpTexts.en.unreadable],
    ['25,00', topUpTexts.en.unreadable],
    ['1e3', topUpTexts.en.unreadable],
    ['25.001', topUpTexts.en.unreadable],
    ['-5', topUpTexts.en.unreadable],
  ])('says why %j is refused, and keeps what was written', async (amount, sentence) => {
    const answer = await send(amount);
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect(text).toContain(`<p class="refused" role="alert" id="refusal">${sentence}`);
    expect(text).toContain(`value="${amount}"`);
  });

  it('speaks Chinese, in its refusals too', async () => {
    expect(await (await fetch(`${origin}/top-up?lang=zh`)).text()).toContain('账户充值');
    expect(await (await send('4.99', {}, '?lang=zh')).text()).toContain('充值金额不得低于 $5.00。');
  });

  it.each([
    { origin: 'https://elsewhere.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'x-forwarded-for': '203.0.113.7' },
  ])('acts for no page of elsewhere and through no proxy: %j', async (headers) => {
    const answer = await send('25', headers);
    expect(answer.status).toBe(403);
    expect(asked).toEqual([]);
  });

  it('is not there without the sandbox', async () => {
    const facts = {
      origin,
      isEnabled: false,
      operatorToken: 'o'.repeat(32),
      accountId,
      logger: { error: () => undefined },
    };
    const closed = createServer(topUpPage(facts));
    const answer = await fetch(`${await listening(closed)}/top-up`, { headers: { connection: 'close' } });
    expect(answer.status).toBe(404);
    await new Promise((resolve) => closed.close(resolve));
  });

  it('escapes what was written', async () => {
    expect(await (await send('"><script>')).text()).toContain('value="&quot;&gt;&lt;script&gt;"');
  });

  it('allows its one style by its hash, forms to itself, and nothing else', async () => {
    const answer = await fetch(`${origin}/top-up`);
    const policy = answer.headers.get('content-security-policy') ?? '';
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(await answer.text()) ?? [];
    expect(policy).toContain(`style-src 'sha256-${hash('sha256', style, 'base64')}'`);
    expect(policy).toMatch(/^default-src 'none'.*form-action 'self'.*frame-ancestors 'none'$/);
  });

  it('refuses other methods, and a form that is larger than a form is', async () => {
    expect((await fetch(`${origin}/top-up`, { method: 'DELETE' })).status).toBe(405);
    expect((await send('2'.repeat(5_000))).status).toBe(400);
    expect(asked).toEqual([]);
  });
});

async function textOf(request: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return `http://127.0.0.1:${address.port}`;
}
