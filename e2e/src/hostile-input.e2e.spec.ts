import { createServer } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { catalogOf, wallEnvironment } from './catalog.js';
import { auditDifferences, Customer } from './customer.js';
import { Instance } from './instance.js';
import { RawClient } from './raw-client.js';
import { answering, Wall } from './wall.js';

const MODEL = 'acme/echo-1';
const errorSchema = z.object({
  error: z.looseObject({ message: z.string(), type: z.string(), code: z.string(), param: z.string().nullable() }),
});

/** The one form of every refusal; nothing of our inside is told. Gives the public message. */
async function expectError(response: Response, status: number, code: string): Promise<string> {
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status });
  const { error } = errorSchema.parse(JSON.parse(text));
  expect(error.code).toBe(code);
  expect(text).not.toMatch(/node_modules|\.js:\d+|at Object\./);
  expect(response.headers.get('x-request-id')).toBeTruthy();
  expect(response.headers.get('request-id')).toBe(response.headers.get('x-request-id'));
  return error.message;
}

const chat = (extra: object): string =>
  JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hi' }], ...extra });

describe('wrong and hostile input gets a catalogued error and leaves nothing behind', () => {
  let wall: Wall;
  let instance: Instance;
  let customer: Customer;

  beforeAll(async () => {
    wall = await Wall.start();
    wall.script('scripted', answering({ tokens: 1 }));
    instance = await Instance.start({
      configuration: catalogOf([{ id: MODEL, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'scripted' }] }]),
      environment: wallEnvironment,
    });
    customer = await Customer.create(instance, '1');
  }, 120_000);

  afterAll(async () => {
    expect(wall.calls).toEqual([]);
    expect(await customer.credits()).toEqual({
      credited: 1_000_000_000n,
      spent: 0n,
      held: 0n,
      available: 1_000_000_000n,
    });
    expect(await auditDifferences(instance)).toEqual([]);
    await instance.dispose();
    await wall.stop();
  }, 60_000);

  async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${instance.quickstart.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${customer.apiKey}`, 'content-type': 'application/json', ...headers },
      body,
    });
  }

  it.each([
    ['no key', '', 'missing_api_key'],
    ['a malformed key', 'Bearer sk-al-v1-short', 'malformed_api_key'],
    ['a foreign key', 'Bearer sk-proj-abc', 'malformed_api_key'],
  ])('%s: 401 that says which', async (_what, authorization, code) => {
    await expectError(await post(chat({}), { authorization }), 401, code);
  });

  it('a key with a broken checksum: 401 without a look-up', async () => {
    const last = customer.apiKey.at(-1) === 'A' ? 'B' : 'A';
    await expectError(
      await post(chat({}), { authorization: `Bearer ${customer.apiKey.slice(0, -1)}${last}` }),
      401,
      'malformed_api_key',
    );
  });

  it('broken JSON: 400 with the position', async () => {
    const message = await expectError(await post(`{"model":"${MODEL}","messages":[}`), 400, 'invalid_json');
    expect(message).toMatch(/position|line|column|offset/);
  });

  it('repeated top-level keys: 400', async () => {
    await expectError(
      await post(`{"model":"${MODEL}","model":"${MODEL}","messages":[{"role":"user","content":"hi"}]}`),
      400,
      'duplicate_key',
    );
  });

  it('33 MiB: 413, told before the body is sent', async () => {
    const client = await RawClient.connect(instance.listeningPort);
    client.send(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${customer.apiKey}\r\nContent-Type: application/json\r\nContent-Length: ${33 * 1024 * 1024}\r\n\r\n{"model":`,
    );
    const answer = await client.until(/body_too_large/);
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
    client.close();
  });

  it('depth 10,000: 400', async () => {
    await expectError(
      await post(`{"model":"${MODEL}","messages":${'['.repeat(10_000)}${']'.repeat(10_000)}}`),
      400,
      'json_too_deep',
    );
  });

  it('an unknown model: 404', async () => {
    await expectError(await post(chat({ model: 'acme/nothing' })), 404, 'model_not_found');
  });

  it.each([
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ max_tokens: -1 }, 'max_tokens'],
    [{ max_tokens: '9' }, 'max_tokens'],
    [{ max_tokens: 1.5 }, 'max_tokens'],
    [{ n: 10_000 }, 'n'],
    [{ stream: 'yes' }, 'stream'],
    [{ messages: [] }, 'messages'],
    [{ messages: 'hi' }, 'messages'],
  ])('%j: 400 naming the parameter', async (extra, param) => {
    const response = await post(chat(extra));
    const copy = response.clone();
    await expectError(response, 400, 'invalid_parameter');
    expect(errorSchema.parse(await copy.json()).error.param).toBe(param);
  });

  it('no model: 400', async () => {
    await expectError(await post('{"messages":[{"role":"user","content":"hi"}]}'), 400, 'missing_parameter');
  });

  it('an unknown content encoding: 415', async () => {
    await expectError(await post(chat({}), { 'content-encoding': 'zstd' }), 415, 'unsupported_encoding');
  });

  it('an unknown path: 404; a wrong method: 405', async () => {
    await expectError(await customer.get('/nothing-here'), 404, 'not_found');
    await expectError(await customer.get('/chat/completions'), 405, 'method_not_allowed');
  });

  it('an account without balance: 402, permanent', async () => {
    const poor = await Customer.create(instance, '0');
    const response = await poor.chat({ model: MODEL, messages: [{ role: 'user', content: 'hi' }], max_tokens: 50 });
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('retry-after')).toBeNull();
    await expectError(response, 402, 'insufficient_balance');
  });

  it('a model outside the allow-list of the key: 403', async () => {
    const limited = await Customer.create(instance, '1', ['--models', 'acme/other']);
    await expectError(
      await limited.chat({ model: MODEL, max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] }),
      403,
      'model_not_allowed',
    );
  });

  it.each([
    ['two Host headers', 'Host: a\r\nHost: b\r\nContent-Length: 2\r\n'],
    ['a transfer coding that nobody knows', 'Host: a\r\nTransfer-Encoding: xchunked\r\n'],
    ['Content-Length with chunked', 'Host: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n'],
  ])('%s: 400', async (_what, headers) => {
    const client = await RawClient.connect(instance.listeningPort);
    client.send(
      `POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer ${customer.apiKey}\r\nContent-Type: application/json\r\n${headers}\r\n{}`,
    );
    await client.untilClosed();
    expect(client.text).toMatch(/^HTTP\/1\.1 400/);
  });
});

describe('a wrong set-up ends the start with one sentence', () => {
  it.each([
    ['an unreadable apilink.yaml names its line', 'providers:\n  - id: [\n', /apilink\.yaml line 3/],
    [
      'a model without a price is named',
      'providers: []\nmodels:\n  - id: acme/free\n    name: Free\n    contextLength: 1000\n    maxOutputTokens: 10\n    endpoints: [{ provider: demo, upstreamModel: x }]\n',
      /acme\/free/,
    ],
  ])(
    '%s',
    async (_what, configuration, sentence) => {
      const ended = await Instance.startExpectingEnd({ configuration });
      expect(ended.exitCode).not.toBe(0);
      expect(ended.output).toMatch(sentence);
      expect(ended.output).not.toMatch(/\n\s+at .*\.js/);
    },
    60_000,
  );

  it('a port in use is named', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const ended = await Instance.startExpectingEnd({ environment: { PORT: port } });
    expect(ended.exitCode).not.toBe(0);
    expect(ended.output).toMatch(new RegExp(`PORT.*${port}|${port}.*PORT`));
    expect(ended.output).not.toMatch(/\n\s+at .*\.js/);
    await new Promise<void>((resolve) => taken.close(() => resolve()));
  }, 60_000);

  it('a wrong environment variable is named', async () => {
    const ended = await Instance.startExpectingEnd({ environment: { HOLD_EXPIRY: 'soon' } });
    expect(ended.exitCode).not.toBe(0);
    expect(ended.output).toContain('HOLD_EXPIRY');
  }, 60_000);
});
