import { encodeWireId } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { runProgram } from '../program.js';

const uuid = '019a9d3c-5b1e-7c2d-8f3a-0123456789ab';
const accountId = encodeWireId('acc', uuid);
const refundId = encodeWireId('rfd', uuid);
const refund = {
  refundId,
  accountId,
  lotId: encodeWireId('lot', uuid),
  state: 'submitted',
  currency: 'CNY',
  refundedMinorUnits: '715',
  debitNanoUsd: '998740470',
  channel: 'bank_transfer',
  paymentReference: 'ZZ1',
  channelReference: null,
  isManual: true,
  reason: 'unused',
  voidReason: null,
  actor: 'operator',
  requestedAt: '2026-11-22T08:00:00.000Z',
  endedAt: null,
};

async function apilink(answer: unknown, ...words: readonly string[]) {
  let out = '';
  let err = '';
  const asked: { readonly path: string; readonly body: unknown }[] = [];
  const send: typeof fetch = async (input, init) => {
    const { pathname } = new URL(z.union([z.string(), z.instanceof(URL)]).parse(input));
    if (pathname.endsWith('/operator-sessions'))
      return Response.json({ accessToken: 'token', expiresAt: '2026-11-22T12:10:00.000Z' });
    const body: unknown = init?.body === undefined ? null : JSON.parse(z.string().parse(init.body));
    asked.push({ path: pathname.replace('/api/billing/v1', ''), body });
    return Response.json(answer);
  };
  const env = { APILINK_URL: 'http://127.0.0.1:8787', APILINK_OPERATOR_TOKEN: 'the-operator-token' };
  const terminal = {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    now: () => 0,
  };
  const exitCode = await runProgram(words, { terminal, env, send, version: '1.0.0' });
  return { exitCode, out, err, asked };
}

describe('apilink refund', () => {
  it('asks for an exact amount with its reason and request key, and shows what goes back', async () => {
    const words = ['--account', accountId, '--usd', '1', '--reason', 'unused', '--request-key', 'refund-0001'];
    const { out, asked } = await apilink({ refunds: [refund] }, 'refund', 'create', ...words);
    expect(asked).toEqual([
      {
        path: `/accounts/${accountId}/refunds`,
        body: { amountNanoUsd: '1000000000', reason: 'unused', requestKey: 'refund-0001' },
      },
    ]);
    for (const part of [refundId, '¥7.15', '$0.998740470', 'send it by hand']) expect(out).toContain(part);
  });

  it('refuses an amount of zero or with a tenth decimal before it asks anybody', async () => {
    for (const usd of ['0', '1.0000000001', '-1']) {
      const words = ['refund', 'create', '--account', accountId, '--usd', usd, '--reason', 'unused'];
      expect(await apilink(null, ...words)).toMatchObject({ exitCode: 2, asked: [] });
    }
  });

  it('says that there is none, and shows one', async () => {
    expect((await apilink({ refunds: [] }, 'refund', 'list', '--account', accountId)).out).toBe('No refund yet.\n');
    expect((await apilink(refund, 'refund', 'show', refundId)).out).toContain('bank_transfer ZZ1');
  });

  it('records what became of one that people carry out', async () => {
    const paid = await apilink(refund, 'refund', 'paid', refundId, '--reference', 'ICBC-1');
    expect(paid.asked).toEqual([
      { path: `/refunds/${refundId}/outcome`, body: { outcome: 'paid', reference: 'ICBC-1' } },
    ]);
    const failed = await apilink(refund, 'refund', 'failed', refundId, '--reason', 'account closed');
    expect(failed.asked[0]?.body).toEqual({ outcome: 'failed', reason: 'account closed' });
  });
});

describe('apilink fx', () => {
  it('says what to do where no rate was ever set', async () => {
    expect((await apilink({ quotes: [] }, 'fx', 'list')).out).toContain('apilink fx set');
  });

  it('refuses a rate that is none, a spread above a tenth and a span without an end', async () => {
    const cases = [
      ['--rate', '0', '--valid-for', '24h'],
      ['--rate', '7.1234', '--spread-bp', '1001', '--valid-for', '24h'],
      ['--rate', '7.1234', '--valid-for', 'never'],
    ];
    for (const words of cases) expect(await apilink(null, 'fx', 'set', ...words)).toMatchObject({ exitCode: 2 });
  });
});

describe('apilink chargeback write-off', () => {
  it('tells what was given up', async () => {
    const written = { transferId: uuid, writtenOffNanoUsd: '7000000000', postedNanoUsd: '0' };
    const words = ['chargeback', 'write-off', '--account', accountId, '--reason', 'out of business'];
    expect((await apilink(written, ...words)).out).toContain('$7.000000000');
  });
});
