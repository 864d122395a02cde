import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { encodeWireId } from '@apilink/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { runProgram } from './program.js';

const uuid = '019a9d3c-5b1e-7c2d-8f3a-0123456789ab';
const accountId = encodeWireId('acc', uuid);
const keyId = encodeWireId('key', uuid);
const workspaceId = encodeWireId('ws', uuid);
const generationId = encodeWireId('gen', uuid);
const now = Date.parse('2026-11-22T12:00:00.000Z');

const account = {
  accountId,
  name: 'Acme',
  status: 'active',
  timeZone: 'UTC',
  defaultWorkspaceId: workspaceId,
  postedNanoUsd: '999327800',
  promoNanoUsd: '999327800',
  paidNanoUsd: '0',
  heldNanoUsd: '0',
  availableNanoUsd: '999327800',
  creditedNanoUsd: '1000000000',
  spentNanoUsd: '672200',
  createdAt: '2026-11-22T10:00:00.000Z',
};
const key = {
  keyId,
  accountId,
  workspaceId,
  name: 'default',
  hint: 'sk-al-v1-abcd',
  status: 'active',
  dailyCapNanoUsd: null,
  weeklyCapNanoUsd: null,
  monthlyCapNanoUsd: '500000001',
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrency: null,
  models: null,
  expiresAt: null,
  createdAt: '2026-11-22T10:00:00.000Z',
};

interface Asked {
  readonly request: string;
  readonly body: unknown;
  readonly authorization: string | null;
}

/** Billing as the command line sees it: canned answers by method and path. */
function fakeBilling(answers: Readonly<Record<string, () => Response>>) {
  const asked: Asked[] = [];
  const send: typeof fetch = async (input, init) => {
    const { pathname, search } = new URL(z.union([z.string(), z.instanceof(URL)]).parse(input));
    const request = `${init?.method ?? 'GET'} ${pathname.replace('/api/billing/v1', '')}${search}`;
    const body: unknown = init?.body === undefined ? null : JSON.parse(z.string().parse(init.body));
    asked.push({ request, body, authorization: new Headers(init?.headers).get('authorization') });
    if (request === 'POST /operator-sessions') {
      return Response.json({ accessToken: 'the-access-token', expiresAt: '2026-11-22T12:10:00.000Z' });
    }
    const answer = answers[request];
    return answer === undefined ? Response.json({ error: { message: `no ${request}` } }, { status: 404 }) : answer();
  };
  return { asked, send };
}

async function apilink(words: readonly string[], send: typeof fetch, env: Readonly<Record<string, string>>) {
  let out = '';
  let err = '';
  const terminal = {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    now: () => now,
  };
  const exitCode = await runProgram(words, { terminal, env, send, version: '1.2.3' });
  return { exitCode, out, err };
}

const remote = { APILINK_URL: 'http://127.0.0.1:8787', APILINK_OPERATOR_TOKEN: 'the-operator-token' };
const nobody: typeof fetch = async () => {
  throw new TypeError('fetch failed');
};

describe('the commands', () => {
  let dataDir: string;
  let local: Readonly<Record<string, string>>;

  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'apilink-cli-'));
    const services = { billing: 'http://127.0.0.1:8787' };
    const quickstart = { accountId, operatorToken: 'the-operator-token', services, apiKey: 'sk', baseUrl: 'x' };
    writeFileSync(join(dataDir, 'quickstart.json'), JSON.stringify(quickstart));
    local = { APILINK_DATA_DIR: dataDir };
  });

  afterAll(() => {
    rmSync(dataDir, { recursive: true });
  });

  it('exchanges the operator token once and shows the quick start account by default', async () => {
    const { asked, send } = fakeBilling({ [`GET /accounts/${accountId}`]: () => Response.json(account) });
    const shown = await apilink(['account', 'show', '--json'], send, local);
    expect(shown).toMatchObject({ exitCode: 0, err: '' });
    expect(JSON.parse(shown.out)).toMatchObject({
      accountId,
      available_nano_usd: '999327800',
      credited_nano_usd: '1000000000',
      spent_nano_usd: '672200',
    });
    expect(asked).toEqual([
      { request: 'POST /operator-sessions', body: { operatorToken: 'the-operator-token' }, authorization: null },
      { request: `GET /accounts/${accountId}`, body: null, authorization: 'Bearer the-access-token' },
    ]);
  });

  it('says that a list is empty instead of showing bare titles', async () => {
    const empty = { 'GET /dead-letters': () => Response.json({ deadLetters: [], nextCursor: null }) };
    expect((await apilink(['dlq', 'list'], fakeBilling(empty).send, local)).out).toBe('No dead letters.\n');
  });

  it('tells its version', async () => {
    expect(await apilink(['--version'], nobody, {})).toEqual({ exitCode: 0, out: '1.2.3\n', err: '' });
  });

  it('shows money to people exactly and right-aligned', async () => {
    const { send } = fakeBilling({ [`GET /accounts/${accountId}`]: () => Response.json(account) });
    const { out } = await apilink(['account', 'show'], send, local);
    expect(out).toContain('credited       $1.000000000\n');
    expect(out).toContain('spent          $0.000672200\n');
  });

  it('creates an account without credit unless it is asked for', async () => {
    const { asked, send } = fakeBilling({ 'POST /accounts': () => Response.json(account, { status: 201 }) });
    await apilink(['account', 'create', '--name', 'Acme', '--json'], send, remote);
    await apilink(
      ['account', 'create', '--name', 'Acme', '--with-free-credit', '--request-key', 'ticket-4711'],
      send,
      remote,
    );
    expect(asked.filter(({ request }) => request === 'POST /accounts').map(({ body }) => body)).toEqual([
      { name: 'Acme', withFreeCredit: false, requestKey: expect.any(String) },
      { name: 'Acme', withFreeCredit: true, requestKey: 'ticket-4711' },
    ]);
  });

  it('grants exactly the nano-dollars that were typed', async () => {
    const path = `POST /accounts/${accountId}/credit-grants`;
    const { asked, send } = fakeBilling({
      [path]: () => Response.json({ transferId: uuid, postedNanoUsd: '25000000001' }, { status: 201 }),
    });
    const words = ['credit', 'grant', '--usd', '25.000000001', '--reason', 'goodwill', '--request-key', 'ticket-4711'];
    expect(await apilink([...words, '--json'], send, local)).toMatchObject({ exitCode: 0 });
    expect(asked.at(-1)?.body).toEqual({
      amountNanoUsd: '25000000001',
      reason: 'goodwill',
      requestKey: 'ticket-4711',
    });
  });

  it.each(['0', '-1', '1e3', '0.0000000001', '1,000', 'NaN', ''])('refuses to grant %p dollars', async (usd) => {
    const { asked, send } = fakeBilling({});
    const refused = await apilink(['credit', 'grant', `--usd=${usd}`, '--reason', 'x'], send, local);
    expect(refused.exitCode).toBe(2);
    expect(asked).toEqual([]);
  });

  it('creates a key with its limits and answers keyId and apiKey', async () => {
    const path = `POST /accounts/${accountId}/keys`;
    const { asked, send } = fakeBilling({ [path]: () => Response.json({ ...key, apiKey: 'sk-al-v1-secret' }) });
    const words = ['key', 'create', '--monthly-cap-usd', '0.500000001', '--rpm', '60', '--models', 'a/b, c/d'];
    const created = await apilink([...words, '--expires', '90d', '--json'], send, local);
    expect(JSON.parse(created.out)).toMatchObject({ keyId, apiKey: 'sk-al-v1-secret' });
    expect(asked.at(-1)?.body).toEqual({
      name: 'default',
      management: false,
      monthlyCapNanoUsd: '500000001',
      requestsPerMinute: 60,
      models: ['a/b', 'c/d'],
      expiresAt: '2027-02-20T12:00:00.000Z',
    });
  });

  it('leaves alone what an update does not name, and takes away what it sets to none', async () => {
    const { asked, send } = fakeBilling({ [`PATCH /keys/${keyId}`]: () => Response.json(key) });
    await apilink(['key', 'update', keyId, '--daily-cap-usd', 'none', '--disable'], send, remote);
    expect(asked.at(-1)?.body).toEqual({ dailyCapNanoUsd: null, disabled: true });
  });

  it('revokes a key', async () => {
    const { send } = fakeBilling({ [`DELETE /keys/${keyId}`]: () => new Response(null, { status: 204 }) });
    const revoked = await apilink(['key', 'revoke', keyId, '--json'], send, remote);
    expect(JSON.parse(revoked.out)).toEqual({ keyId, status: 'revoked' });
  });

  it('changes the default workspace of an account when none is named', async () => {
    const workspace = { workspaceId, accountId, name: 'default', status: 'active', monthlyBudgetNanoUsd: '0' };
    const { asked, send } = fakeBilling({
      [`GET /accounts/${accountId}`]: () => Response.json(account),
      [`PATCH /workspaces/${workspaceId}`]: () => Response.json({ ...workspace, createdAt: account.createdAt }),
    });
    const words = ['workspace', 'update', '--account', accountId, '--monthly-budget-usd', '0'];
    expect(await apilink(words, send, remote)).toMatchObject({ exitCode: 0 });
    expect(asked.at(-1)?.body).toEqual({ monthlyBudgetNanoUsd: '0' });
  });

  it('reads usage page by page, as operators script against it', async () => {
    const row = {
      id: generationId,
      keyId,
      model: 'demo/echo',
      state: 'settled',
      outcome: 'completed',
      holdNanoUsd: '7644000',
      chargeNanoUsd: '672200',
      openedAt: account.createdAt,
    };
    const path = `GET /accounts/${accountId}/usage`;
    const { send } = fakeBilling({
      [`${path}?limit=500`]: () => Response.json({ generations: [row], nextCursor: 'next' }),
      [`${path}?limit=500&cursor=next`]: () => Response.json({ generations: [row], nextCursor: null }),
    });
    const { out } = await apilink(['usage', '--account', accountId, '--json'], send, remote);
    expect(JSON.parse(out)).toEqual({
      generations: Array.from({ length: 2 }, () => ({
        id: generationId,
        keyId,
        model: 'demo/echo',
        state: 'settled',
        outcome: 'completed',
        hold_nano_usd: '7644000',
        charge_nano_usd: '672200',
        openedAt: account.createdAt,
      })),
      nextCursor: null,
    });
  });

  it('ends the audit with 1 on a difference, and names its row', async () => {
    const difference = { invariant: 'balance', row: 'acc_1', expected: '5', found: '4' };
    const lines = [
      { type: 'progress', invariant: 'balance', checked: 1, total: 1 },
      { type: 'report', ok: false, differences: [difference] },
    ];
    const ndjson = lines.map((line) => JSON.stringify(line)).join('\n');
    const { send } = fakeBilling({ 'POST /audits': () => new Response(ndjson) });
    const audit = await apilink(['audit', '--json'], send, remote);
    expect(audit).toMatchObject({ exitCode: 1, err: 'balance: 1 of 1\n' });
    expect(JSON.parse(audit.out)).toEqual({ ok: false, differences: [difference] });
  });

  it('does not take an audit that broke off for a good one', async () => {
    const { send } = fakeBilling({ 'POST /audits': () => new Response('') });
    expect(await apilink(['audit'], send, remote)).toMatchObject({ exitCode: 3, out: '' });
  });

  it('encodes the id of a dead letter as one path segment', async () => {
    const { asked, send } = fakeBilling({
      'POST /dead-letters/apilink.usage.v1.dlq%2F3%2F17/replays': () => new Response(null, { status: 204 }),
    });
    const replayed = await apilink(['dlq', 'replay', 'apilink.usage.v1.dlq/3/17', '--json'], send, remote);
    expect(JSON.parse(replayed.out)).toEqual({ replayed: ['apilink.usage.v1.dlq/3/17'] });
    expect(asked).toHaveLength(2);
  });
});

describe('exit codes', () => {
  it('are 3 when nothing answers, with one sentence and no stack', async () => {
    const away = await apilink(['account', 'show', '--account', accountId], nobody, remote);
    expect(away.exitCode).toBe(3);
    expect(away.err).toBe('ApiLink does not answer at http://127.0.0.1:8787. Is it running?\n');
  });

  it('are 3 when there is no instance at all', async () => {
    const none = await apilink(['account', 'list'], nobody, { APILINK_DATA_DIR: '/nowhere' });
    expect(none.exitCode).toBe(3);
    expect(none.err).toMatch(/npm start/);
  });

  it('are 4 with the catalogued message when billing refuses', async () => {
    const { send } = fakeBilling({
      'GET /accounts': () => Response.json({ error: { message: 'Not for you.' } }, { status: 403 }),
    });
    expect(await apilink(['account', 'list'], send, remote)).toMatchObject({ exitCode: 4, err: 'Not for you.\n' });
  });

  it('are 3 when billing cannot answer for now', async () => {
    const { send } = fakeBilling({
      'GET /accounts': () => Response.json({ error: { message: 'Away.' } }, { status: 503 }),
    });
    expect(await apilink(['account', 'list'], send, remote)).toMatchObject({ exitCode: 3, err: 'Away.\n' });
  });

  it('are 3 when something else answers at the address', async () => {
    const { send } = fakeBilling({ 'GET /accounts': () => new Response('<html>') });
    expect((await apilink(['account', 'list'], send, remote)).exitCode).toBe(3);
  });

  it.each([
    [['account', 'frobnicate']],
    [['account', 'list', '--josn']],
    [['key', 'revoke', 'acc_01jd0000000000000000000000']],
    [['receipt']],
    [['key', 'create', '--rpm', '0']],
    [['key', 'create', '--expires', 'yesterday']],
    [['key', 'create', '--expires', '2020-01-01']],
  ])('are 2 for %j', async (words) => {
    const { asked, send } = fakeBilling({});
    expect((await apilink(words, send, remote)).exitCode).toBe(2);
    expect(asked).toEqual([]);
  });

  it('are 2 when half of the address is missing', async () => {
    const half = await apilink(['account', 'list'], nobody, { APILINK_URL: 'http://127.0.0.1:1' });
    expect(half).toMatchObject({ exitCode: 2, err: 'APILINK_URL is set, but APILINK_OPERATOR_TOKEN is not.\n' });
  });

  it('are 0 for help', async () => {
    const help = await apilink(['key', 'create', '--help'], nobody, {});
    expect(help.exitCode).toBe(0);
    expect(help.out).toContain('--monthly-cap-usd');
  });
});
