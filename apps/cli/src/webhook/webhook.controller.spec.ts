import { encodeWireId } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { runProgram } from '../program.js';

const uuid = '019a9d3c-5b1e-7c2d-8f3a-0123456789ab';
const accountId = encodeWireId('acc', uuid);
const webhookId = encodeWireId('whk', uuid);
const deliveryId = encodeWireId('dlv', uuid);
const env = { APILINK_URL: 'http://127.0.0.1:8787', APILINK_OPERATOR_TOKEN: 'the-operator-token' };
const at = '2026-11-22T10:00:00.000Z';
const webhook = {
  webhookId,
  accountId,
  url: 'https://hooks.example',
  events: null,
  status: 'disabled',
  disabledReason: 'It answered 410: it does not want events any more.',
  failingSince: at,
  createdAt: at,
};
const delivery = {
  deliveryId,
  webhookId,
  eventId: 'evt_1',
  eventType: 'webhook.test',
  state: 'pending',
  nextAttemptAt: at,
  createdAt: at,
  attempts: [{ at, status: 500, error: null, durationMs: 12 }],
  body: '{}',
};

async function apilink(words: readonly string[], answer: unknown) {
  const asked: { request: string; body: unknown }[] = [];
  const send: typeof fetch = async (input, init) => {
    const { pathname } = new URL(z.instanceof(URL).parse(input));
    if (pathname.endsWith('/operator-sessions')) {
      return Response.json({ accessToken: 'the-access-token', expiresAt: at });
    }
    const body: unknown = init?.body === undefined ? null : JSON.parse(z.string().parse(init.body));
    asked.push({ request: `${init?.method ?? 'GET'} ${pathname.replace('/api/billing/v1', '')}`, body });
    return answer === null ? new Response(null, { status: 204 }) : Response.json(answer);
  };
  let out = '';
  let err = '';
  const terminal = {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    now: Date.now,
  };
  const exitCode = await runProgram(words, { terminal, env, send, version: '' });
  return { asked, out, err, exitCode };
}

describe('apilink webhook', () => {
  it('creates one and shows its secret', async () => {
    const words = ['webhook', 'create', '--account', accountId, '--url', webhook.url, '--events', 'key.cap_reached'];
    const { asked, out } = await apilink(words, { ...webhook, secret: 'whsec_abc' });
    expect(asked).toEqual([
      {
        request: `POST /accounts/${accountId}/webhooks`,
        body: { url: webhook.url, events: ['key.cap_reached'] },
      },
    ]);
    expect(out).toContain('secret  whsec_abc');
  });

  it('tells why one is not asked any more', async () => {
    const { out } = await apilink(['webhook', 'list', '--account', accountId], { webhooks: [webhook] });
    expect(out).toContain('It answered 410');
  });

  it('ends with 1 when a test is not taken, and says what was answered', async () => {
    const { exitCode, out, asked } = await apilink(['webhook', 'test', webhookId], delivery);
    expect([exitCode, asked[0]?.request]).toEqual([1, `POST /webhooks/${webhookId}/tests`]);
    expect(out).toContain('status 500 in 12 ms');
  });

  it.each([
    [['webhook', 'delete', webhookId], `DELETE /webhooks/${webhookId}`, null],
    [['webhook', 'enable', webhookId], `POST /webhooks/${webhookId}/activations`, webhook],
    [
      ['webhook', 'deliveries', webhookId],
      `GET /webhooks/${webhookId}/deliveries`,
      { deliveries: [delivery], nextCursor: null },
    ],
    [
      ['webhook', 'replay', deliveryId],
      `POST /webhook-deliveries/${deliveryId}/replays`,
      { ...delivery, state: 'delivered' },
    ],
  ])('%j asks for %s', async (words, request, answer) => {
    const { asked, exitCode } = await apilink(words, answer);
    expect([asked[0]?.request, exitCode]).toEqual([request, 0]);
  });

  it('refuses a type of event that does not exist', async () => {
    const words = ['webhook', 'create', '--account', accountId, '--url', webhook.url, '--events', 'all.of.them'];
    expect(await apilink(words, webhook)).toMatchObject({ exitCode: 2 });
  });
});

describe('apilink alert', () => {
  it('lists what was reached', async () => {
    const alerts = [
      {
        kind: 'key_cap',
        scopeId: 'key_1',
        period: '2026-11',
        thresholdPercent: 80,
        limitNanoUsd: '1000000000',
        amountNanoUsd: '800000000',
        foundAt: at,
      },
    ];
    const answer = { lowBalanceNanoUsd: '1000000000', alerts };
    const { out } = await apilink(['alert', 'list', '--account', accountId], answer);
    expect(out).toMatch(/key cap +key_1 +2026-11 +80 % +\$1\.000000000 +\$0\.800000000/);
  });

  it('sets the line of a low balance', async () => {
    const words = ['alert', 'set', '--account', accountId, '--low-balance-usd', '2.5'];
    const { asked } = await apilink(words, { lowBalanceNanoUsd: '2500000000' });
    expect(asked).toEqual([
      { request: `PUT /accounts/${accountId}/spend-alerts`, body: { lowBalanceNanoUsd: '2500000000' } },
    ]);
  });
});
