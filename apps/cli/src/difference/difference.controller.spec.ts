import { encodeWireId } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { runProgram } from '../program.js';

const uuid = '019a9d3c-5b1e-7c2d-8f3a-0123456789ab';
const accountId = encodeWireId('acc', uuid);
const generationId = encodeWireId('gen', uuid);
const found = {
  id: '7',
  kind: 'edge_charge',
  accountId,
  generationId,
  expected: '70',
  found: '69',
  foundAt: '2026-11-22T08:00:00.000Z',
};

async function difference(answer: unknown, ...words: readonly string[]) {
  let out = '';
  let err = '';
  const asked: string[] = [];
  const send: typeof fetch = async (input) => {
    const { pathname, search } = new URL(z.union([z.string(), z.instanceof(URL)]).parse(input));
    if (pathname.endsWith('/operator-sessions'))
      return Response.json({ accessToken: 'token', expiresAt: '2026-11-22T12:10:00.000Z' });
    asked.push(pathname + search);
    return Response.json(answer);
  };
  const env = { APILINK_URL: 'http://127.0.0.1:8787', APILINK_OPERATOR_TOKEN: 'the-operator-token' };
  const terminal = {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    now: () => 0,
  };
  const exitCode = await runProgram(['difference', ...words], { terminal, env, send, version: '1.0.0' });
  return { exitCode, out, err, asked };
}

describe('apilink difference list', () => {
  it('names the generation, what was expected and what was found', async () => {
    const { exitCode, out } = await difference({ differences: [found], nextCursor: null }, 'list');
    expect(exitCode).toBe(0);
    for (const part of ['edge_charge', accountId, generationId, '70', '69']) expect(out).toContain(part);
  });

  it('asks for a kind, an account and a page, and says how to go on', async () => {
    const words = ['list', '--kind', 'gate', '--account', accountId, '--limit', '1', '--cursor', '9'];
    const { asked, out } = await difference(
      { differences: [{ ...found, generationId: null }], nextCursor: '7' },
      ...words,
    );
    expect(asked).toEqual([`/api/billing/v1/differences?kind=gate&accountId=${accountId}&limit=1&cursor=9`]);
    expect(out).toContain('More: --cursor 7');
  });

  it('answers scripts with all it was told, and people that there is nothing', async () => {
    const page = { differences: [found], nextCursor: null };
    expect(JSON.parse((await difference(page, 'list', '--json')).out)).toEqual(page);
    expect((await difference({ differences: [], nextCursor: null }, 'list')).out).toContain('No differences.');
  });
});
