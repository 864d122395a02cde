import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { encodeWireId } from '@apilink/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

async function verify(words: readonly string[], send: typeof fetch) {
  let out = '';
  let err = '';
  const terminal = {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    now: Date.now,
  };
  const exitCode = await runProgram(['receipt', 'verify', ...words], { terminal, env: {}, send, version: '' });
  return { out, err, exitCode };
}

const nobody: typeof fetch = async () => {
  throw new TypeError('fetch failed');
};

describe('receipt verify', () => {
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'apilink-receipt-'));
    file = join(folder, 'receipt.json');
    writeFileSync(file, '{"data":{},"signature":null}');
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('needs no instance when keys are kept in a file, and ends with 1 when a receipt is not valid', async () => {
    const keys = join(folder, 'keys.json');
    writeFileSync(keys, '{"keys":[]}');
    const { exitCode, out } = await verify([file, '--keys', keys, '--json'], nobody);
    expect([exitCode, JSON.parse(out)]).toMatchObject([1, { valid: false, problem: 'malformed' }]);
  });

  it('takes keys from an address, and says that it does not answer instead of calling a receipt wrong', async () => {
    const asked: string[] = [];
    const send: typeof fetch = async (input) => {
      asked.push(z.instanceof(URL).parse(input).href);
      return Response.json({ keys: [] });
    };
    expect((await verify([file, '--keys', 'https://api.example'], send)).exitCode).toBe(1);
    expect(asked).toEqual(['https://api.example/.well-known/apilink-receipts']);
    expect(await verify([file, '--keys', 'https://api.example'], nobody)).toMatchObject({ exitCode: 3, out: '' });
  });

  it('says that a file cannot be read', async () => {
    const { exitCode, err } = await verify([join(folder, 'none.json'), '--keys', file], nobody);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('cannot be read')]);
  });
});

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
