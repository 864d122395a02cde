import { encodeWireId } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { runProgram } from '../program.js';

const uuid = '019a9d3c-5b1e-7c2d-8f3a-0123456789ab';
const accountId = encodeWireId('acc', uuid);
const env = { APILINK_URL: 'http://127.0.0.1:8787', APILINK_OPERATOR_TOKEN: 'the-operator-token' };
const sums = {
  requests: 2,
  chargeNanoUsd: '1500000001',
  writtenOffNanoUsd: '0',
  cachePremiumAbsorbedNanoUsd: '7',
  inputTokens: 10,
  outputTokens: 20,
  cachedInputTokens: 3,
  reasoningTokens: 4,
};
const report = {
  accountId,
  timeZone: 'Asia/Shanghai',
  by: 'user',
  from: '2026-11-01',
  to: '2026-11-22',
  rows: [
    { ...sums, value: '=HYPERLINK("http://evil.example","x")', name: null },
    { ...sums, value: '', name: null },
  ],
  others: { ...sums, requests: 5 },
  total: { ...sums, requests: 9 },
};

async function apilink(words: readonly string[]) {
  const asked: string[] = [];
  const send: typeof fetch = async (input) => {
    const { pathname, search } = new URL(z.instanceof(URL).parse(input));
    asked.push(pathname.replace('/api/billing/v1', '') + search);
    if (pathname.endsWith('/operator-sessions')) {
      return Response.json({ accessToken: 'the-access-token', expiresAt: '2026-11-22T12:10:00.000Z' });
    }
    return Response.json(report);
  };
  let out = '';
  let err = '';
  const terminal = {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    now: Date.now,
  };
  const words2 = ['usage', '--account', accountId, ...words];
  const exitCode = await runProgram(words2, { terminal, env, send, version: '' });
  return { asked, out, err, exitCode };
}

describe('a report of usage', () => {
  it('is asked for by dimension and days, and told with its time zone and total', async () => {
    const { asked, out } = await apilink(['--by', 'user', '--from', '2026-11-01', '--to', '2026-11-22']);
    expect(asked[1]).toBe(`/accounts/${accountId}/usage-report?by=user&from=2026-11-01&to=2026-11-22`);
    expect(out).toMatch(/^2026-11-01 to 2026-11-22, days of Asia\/Shanghai\n/);
    expect(out).toMatch(/\(none\) +2 +10 +3 +20 +4 +\$1\.500000001 +\$0\.000000007/);
    expect(out).toMatch(/\(all others\) +5 /);
    expect(out).toMatch(/total +9 /);
  });

  it('is CSV with exact amounts in which no name can be a formula', async () => {
    const { out } = await apilink(['--by', 'user', '--csv']);
    const [header, first] = out.split('\r\n');
    expect(header).toBe(
      'user,name,requests,input_tokens,cached_input_tokens,output_tokens,reasoning_tokens,charge_usd,cache_premium_absorbed_usd,written_off_usd',
    );
    expect(first).toBe(`"'=HYPERLINK(""http://evil.example"",""x"")",,2,10,3,20,4,1.500000001,0.000000007,0.000000000`);
  });

  it('is JSON with amounts as texts', async () => {
    const { out } = await apilink(['--by', 'user', '--json']);
    expect(JSON.parse(out)).toMatchObject({ timeZone: 'Asia/Shanghai', total: { charge_nano_usd: '1500000001' } });
  });

  it.each([
    [['--from', '2026-11-01'], '--from and --to belong to a report'],
    [['--by', 'user', '--from', '2026-02-30'], 'Expected a day'],
    [['--by', 'colour'], 'Allowed choices are'],
  ])('refuses %j as wrong usage', async (words, sentence) => {
    const { exitCode, err } = await apilink(words);
    expect(exitCode).toBe(2);
    expect(err).toContain(sentence);
  });
});
