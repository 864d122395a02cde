import { encodeWireId } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { runProgram } from '../program.js';
import { yuanText } from './fen.domain.js';

const uuid = '019a9d3c-5b1e-7c2d-8f3a-0123456789ab';
const accountId = encodeWireId('acc', uuid);

const answer = {
  accountId,
  currency: 'CNY',
  basis: 'CONSUMPTION',
  issuer: 'shanghai-co',
  invoiceableFen: '666700',
  terms: {
    consumedFen: '1000000',
    refundFen: '-33300',
    correctionFen: '0',
    holdFen: '-100000',
    releaseFen: '100000',
    invoicedFen: '-300000',
    redFen: '0',
  },
  receipts: { paidFen: '2000000', refundedFen: '-33300' },
  lots: [
    {
      lotId: encodeWireId('lot', uuid),
      paidAt: '2026-11-22T08:00:00.000Z',
      channel: 'alipay',
      reference: 'R-1',
      receivingEntity: 'shanghai-co',
      currency: 'CNY',
      paidMinorUnits: '2000000',
      refundedMinorUnits: '33300',
      creditNanoUsd: '2796246800000',
      isInvoiceable: true,
      drawnNanoUsd: '1398123400000',
      consumedFen: '966700',
    },
  ],
  hasMoreLots: false,
  data: { from: '2026-11-22T08:00:00.000Z', to: '2026-11-22T09:00:00.000Z', eventsBehind: 0 },
};

async function invoiceable(...words: readonly string[]) {
  let out = '';
  let err = '';
  const asked: string[] = [];
  const send: typeof fetch = async (input) => {
    const { pathname } = new URL(z.union([z.string(), z.instanceof(URL)]).parse(input));
    asked.push(pathname);
    if (pathname.endsWith('/operator-sessions'))
      return Response.json({ accessToken: 'token', expiresAt: '2026-11-22T12:10:00.000Z' });
    return Response.json(answer);
  };
  const env = { APILINK_URL: 'http://127.0.0.1:8787', APILINK_OPERATOR_TOKEN: 'the-operator-token' };
  const terminal = {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    now: () => 0,
  };
  const exitCode = await runProgram(['invoiceable', '--account', accountId, ...words], {
    terminal,
    env,
    send,
    version: '1',
  });
  return { exitCode, out, err, asked };
}

describe('apilink invoiceable', () => {
  it('shows 可开票金额 as a formula that adds up, with the lots that it comes from', async () => {
    const { exitCode, out, err, asked } = await invoiceable();
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(asked[1]).toBe(`/api/invoicing/v1/accounts/${accountId}/invoiceable`);
    expect(out).toMatch(/^ {2}consumed +¥10000\.00$/m);
    expect(out).toMatch(/^= invoiceable +¥6667\.00$/m);
    expect(out).toContain('Nothing of the ledger is still to come.');
    expect(out).toMatch(/lot_\S+ +2026-11-22T08:00:00.000Z +shanghai-co +¥20000\.00/);
  });

  it('answers scripts with what the API says, amounts as decimal strings of fen', async () => {
    const { out } = await invoiceable('--json');
    expect(JSON.parse(out)).toMatchObject({ accountId, invoiceableFen: '666700', data: { eventsBehind: 0 } });
  });

  it('writes yuan exactly', () => {
    expect([0n, 5n, 100n, -33_301n, 9_999_999_999n].map(yuanText)).toEqual([
      '¥0.00',
      '¥0.05',
      '¥1.00',
      '-¥333.01',
      '¥99999999.99',
    ]);
  });
});
