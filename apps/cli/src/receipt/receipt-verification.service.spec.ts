import { canonicalJson, receiptSchema, SIGNED_RECEIPT_TYPE, type ReceiptKeySet } from '@apilink/contracts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { CompactSign, exportJWK, generateKeyPair, type CryptoKey } from 'jose';

import { verifyReceipt } from './receipt-verification.service.js';

const usage = {
  input: 1_000,
  cacheRead: 200,
  cacheWrite5m: 100,
  cacheWrite1h: 0,
  audioInput: 0,
  imageInput: 0,
  output: 33,
  reasoning: 5,
  audioOutput: 0,
  imageOutput: 0,
  requests: 1,
  images: 0,
  characters: 0,
  milliseconds: 0,
  webSearches: 0,
  rerankSearches: 0,
};
const receipt = receiptSchema.parse({
  id: 'gen_0123456789abcdefghjkmnpqrs',
  state: 'settled',
  outcome: 'completed',
  reason: 'why',
  hold_nano_usd: '1000',
  charge_nano_usd: '12',
  released_nano_usd: '988',
  written_off_nano_usd: '0',
  charge_basis: 'metered',
  metered_nano_usd: '12',
  lines: [{ dimension: 'input', units: 700, rate_usd_per_million: '3.000000000', amount_femto_usd: '2100000000000' }],
  cache_premium_absorbed_nano_usd: '1',
  cache_premium_lines: [
    { dimension: 'cacheWrite5m', units: 100, rate_usd_per_million: '0.75', amount_femto_usd: '75000000000' },
  ],
  usage,
  usage_source: 'upstream',
  price_version: 'pv_1',
  service_tier: 'default',
  attempts: [{ provider: 'alpha', class: 'ok', started_at: '2026-11-22T10:00:00.000Z', first_token_ms: 12 }],
  account_id: 'acc_1',
  workspace_id: 'ws_1',
  key_id: 'key_1',
  model: 'acme/echo-1',
  provider_name: 'alpha',
  streamed: true,
  finish_reason: 'stop',
  created_at: '2026-11-22T10:00:00.000Z',
  ended_at: '2026-11-22T10:00:02.000Z',
  total_cost: 1.2e-8,
  usage_cost_usd: '0.000000012',
  tokens_prompt: 1_000,
  tokens_completion: 33,
  native_tokens_prompt: 1_000,
  native_tokens_completion: 33,
  native_tokens_reasoning: 5,
  native_tokens_cached: 200,
  latency: 12,
  generation_time: 2_000,
  app_id: null,
  origin: 'https://example.com',
  is_byok: false,
});

interface Leaf {
  readonly path: string;
  readonly value: unknown;
}

/** Every value in it that is no object or list, by its path. */
function leaves(value: unknown, path = ''): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => leaves(item, `${path}[${index}]`));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, item]) => leaves(item, path === '' ? name : `${path}.${name}`));
  }
  return [{ path, value }];
}

function changedValue(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return value === null ? 'x' : `${JSON.stringify(value)}1`;
}

/** A copy in which the value at a path is another one. */
function altered(value: unknown, path: string): unknown {
  return withChange(
    value,
    path.split(/\.|\[|\]/).filter((step) => step !== ''),
  );
}

function withChange(value: unknown, [step, ...rest]: readonly string[]): unknown {
  if (step === undefined) return changedValue(value);
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (String(index) === step ? withChange(item, rest) : item));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, name === step ? withChange(item, rest) : item]),
  );
}

describe('checking a signed receipt', () => {
  let privateKey: CryptoKey;
  let keySet: ReceiptKeySet;
  let signature: string;

  async function sign(content: string, header: object = {}, key: CryptoKey = privateKey): Promise<string> {
    return new CompactSign(new TextEncoder().encode(content))
      .setProtectedHeader({ alg: 'EdDSA', kid: 'k1', typ: SIGNED_RECEIPT_TYPE, ...header })
      .sign(key);
  }

  beforeAll(async () => {
    const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    ({ privateKey } = pair);
    const { x = '' } = await exportJWK(pair.publicKey);
    keySet = { keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid: 'k1', alg: 'EdDSA', use: 'sig' }] };
    signature = await sign(canonicalJson(receipt));
  });

  const verify = (document: unknown, keys: ReceiptKeySet = keySet) => verifyReceipt(JSON.stringify(document), keys);

  it('takes the answer as it came, in any order of its members and with any white space', async () => {
    const reordered = Object.fromEntries(Object.entries(receipt).toReversed());
    const text = `\n${JSON.stringify({ signature, data: reordered }, null, 4)}\n`;
    expect(await verifyReceipt(text, keySet)).toMatchObject({
      valid: true,
      kid: 'k1',
      receipt: { charge_nano_usd: '12' },
    });
  });

  it('takes the signature alone, which carries all of the receipt', async () => {
    expect(await verifyReceipt(`${signature}\n`, keySet)).toMatchObject({ valid: true, receipt });
  });

  it.each(leaves(receipt))('finds $path altered, and says so', async ({ path }) => {
    expect(await verify({ data: altered(receipt, path), signature })).toMatchObject({
      valid: false,
      problem: 'altered',
      fields: [path],
    });
  });

  it.each(leaves(receipt))('finds $path altered within what was signed', async ({ path }) => {
    const [header = '', , signed = ''] = signature.split('.');
    const forged = Buffer.from(canonicalJson(altered(receipt, path))).toString('base64url');
    expect(await verifyReceipt(`${header}.${forged}.${signed}`, keySet)).toMatchObject({
      valid: false,
      problem: 'altered',
    });
  });

  it('finds a member that was added, and one that was taken out', async () => {
    const { reason: _reason, ...less } = receipt;
    expect(await verify({ data: less, signature })).toMatchObject({ problem: 'altered', fields: ['reason'] });
    const more = { ...receipt, discount: '1' };
    expect(await verify({ data: more, signature })).toMatchObject({ problem: 'altered', fields: ['discount'] });
  });

  it('says that a key is unknown, and whose it would be', async () => {
    const other = await sign(canonicalJson(receipt), { kid: 'k2' });
    expect(await verify({ data: receipt, signature: other })).toMatchObject({
      problem: 'unknown_key',
      detail: 'No key of the set is k2.',
    });
    expect(await verify({ data: receipt, signature }, { keys: [] })).toMatchObject({ problem: 'unknown_key' });
  });

  it('believes nobody who signs with a key of his own under our name', async () => {
    const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    const forged = await sign(canonicalJson(receipt), {}, stranger.privateKey);
    expect(await verify({ data: receipt, signature: forged })).toMatchObject({ problem: 'altered' });
  });

  it.each([
    ['no algorithm', { alg: 'none', kid: 'k1', typ: SIGNED_RECEIPT_TYPE }],
    ['the public key as a shared secret', { alg: 'HS256', kid: 'k1', typ: SIGNED_RECEIPT_TYPE }],
    ['the type of an access token', { alg: 'EdDSA', kid: 'k1', typ: 'JWT' }],
  ])('takes no signature with %s for one of a receipt', async (_name, header) => {
    const [, payload = '', signed = ''] = signature.split('.');
    const head = Buffer.from(JSON.stringify(header)).toString('base64url');
    expect(await verifyReceipt(`${head}.${payload}.${signed}`, keySet)).toMatchObject({ problem: 'malformed' });
  });

  it('takes nothing else that the key signed for a receipt', async () => {
    expect(await verifyReceipt(await sign('{"state":"settled"}'), keySet)).toMatchObject({ problem: 'malformed' });
  });

  it.each(['', 'nonsense', '{}', '[]', '{"data":{},"signature":"a.b"}', '{"data":{},"signature":null}'])(
    'says that %j is malformed',
    async (text) => {
      expect(await verifyReceipt(text, keySet)).toMatchObject({ valid: false, problem: 'malformed' });
    },
  );
});
