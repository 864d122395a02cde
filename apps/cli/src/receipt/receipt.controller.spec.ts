import { encodeWireId } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { runProgram } from '../program.js';

const uuid = '019a9d3c-5b1e-7c2d-8f3a-0123456789ab';
const accountId = encodeWireId('acc', uuid);
const generationId = encodeWireId('gen', uuid);
const env = { APILINK_URL: 'http://127.0.0.1:8787', APILINK_OPERATOR_TOKEN: 'the-operator-token' };

/** Asks for the newest receipt of an account that has sent these; resolves with what was asked of billing, too. */
async function newestReceipt(generations: readonly object[]) {
  const asked: string[] = [];
  const send: typeof fetch = async (input) => {
    const { pathname, search } = new URL(z.instanceof(URL).parse(input));
    asked.push(pathname.replace('/api/billing/v1', '') + search);
    if (pathname.endsWith('/operator-sessions')) {
      return Response.json({ accessToken: 'the-access-token', expiresAt: '2026-11-22T12:10:00.000Z' });
    }
    if (pathname.endsWith('/usage')) return Response.json({ generations, nextCursor: null });
    return Response.json({ error: { message: 'no receipt here' } }, { status: 404 });
  };
  let err = '';
  const terminal = { out: { write: () => '' }, err: { write: (text: string) => (err += text) }, now: Date.now };
  const exitCode = await runProgram(['receipt', '--account', accountId], { terminal, env, send, version: '' });
  return { asked, err, exitCode };
}

describe('a receipt without a name', () => {
  it('is the one of the newest request', async () => {
    const row = {
      id: generationId,
      keyId: encodeWireId('key', uuid),
      workspaceId: encodeWireId('ws', uuid),
      model: 'demo/echo',
      state: 'open',
      outcome: null,
      holdNanoUsd: '1',
      chargeNanoUsd: '0',
      openedAt: '2026-11-22T10:00:00.000Z',
      settledAt: null,
    };
    const { asked } = await newestReceipt([row]);
    expect(asked.slice(1)).toEqual([`/accounts/${accountId}/usage?limit=1`, `/generations/${generationId}`]);
  });

  it('does not exist before the first request, and that is said', async () => {
    expect(await newestReceipt([])).toMatchObject({ exitCode: 4, err: 'This account has sent no request yet.\n' });
  });
});
