import { encodeWireId } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { runProgram } from '../program.js';

const accountId = encodeWireId('acc', '019a9d3c-5b1e-7c2d-8f3a-0123456789ab');
const env = { APILINK_URL: 'http://127.0.0.1:8787', APILINK_OPERATOR_TOKEN: 'the-operator-token' };
const now = Date.parse('2026-11-22T12:00:00.000Z');

/** Runs `apilink ledger republish` against a billing that answers with these lines. */
async function republish(words: readonly string[], lines: readonly object[]) {
  const texts = { out: '', err: '' };
  const bodies: unknown[] = [];
  const terminal = {
    out: { write: (text: string) => (texts.out += text) },
    err: { write: (text: string) => (texts.err += text) },
    now: () => now,
  };
  const send: typeof fetch = async (input, init) => {
    const { pathname } = new URL(z.union([z.string(), z.instanceof(URL)]).parse(input));
    if (pathname.endsWith('/operator-sessions')) {
      return Response.json({ accessToken: 'the-access-token', expiresAt: '2026-11-22T12:10:00.000Z' });
    }
    if (pathname !== `/api/billing/v1/accounts/${accountId}/ledger-republications`) throw new Error(pathname);
    bodies.push(JSON.parse(z.string().parse(init?.body)));
    return new Response(lines.map((line) => JSON.stringify(line)).join('\n'));
  };
  const all = ['ledger', 'republish', '--account', accountId, ...words];
  return { exitCode: await runProgram(all, { terminal, env, send, version: '1.2.3' }), ...texts, bodies };
}

describe('ledger republish', () => {
  const whole = [
    { type: 'progress', published: 500, total: 501 },
    { type: 'report', published: 501 },
  ];

  it('asks for what was posted since an instant, and shows its progress beside the answer', async () => {
    const told = await republish(['--from', '1d', '--json'], whole);
    expect(told).toMatchObject({ exitCode: 0, err: '500 of 501 events\n' });
    expect(JSON.parse(told.out)).toEqual({ accountId, published: 501 });
    expect(told.bodies).toEqual([{ from: '2026-11-21T12:00:00.000Z' }]);
    expect((await republish(['--from', '2026-11-01'], whole)).out).toContain('501 events');
  });

  it('does not take one that broke off for a whole one', async () => {
    expect(await republish(['--from', '1d'], [])).toMatchObject({ exitCode: 3, out: '' });
  });

  it('refuses what is no instant of the past', async () => {
    for (const from of ['2099-01-01', 'yesterday', '-1d']) {
      expect((await republish([`--from=${from}`], whole)).exitCode).toBe(2);
    }
  });
});
