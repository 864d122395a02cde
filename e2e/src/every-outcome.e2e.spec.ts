import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { auditDifferences, Customer, type ReceiptView } from './customer.js';
import { eventually, Instance } from './instance.js';
import { RawClient } from './raw-client.js';
import { answering, refusing, Wall, type WallCall, type WallScript } from './wall.js';

const MODEL = 'acme/echo-1';
const never = new Promise<void>(() => undefined);
/** Holds in this file: free input, 100 output tokens of 1,000 nano-USD. */
const HOLD = '100000';

async function cancelledWithinOneSecond(call: WallCall, since: number): Promise<void> {
  const at = await eventually('the upstream was cancelled', async () => call.cancelledAt);
  expect(at - since).toBeLessThan(1000);
}

describe('every outcome of a chat completion is charged as docs/money.md says', () => {
  let wall: Wall;
  let instance: Instance;
  let customer: Customer;
  let story = 0;

  beforeAll(async () => {
    wall = await Wall.start();
    instance = await Instance.start({
      configuration: catalogOf([
        {
          id: MODEL,
          endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'scripted' }],
          timeouts: '{ connect: 1s, firstToken: 2s, idle: 2s, answer: 3s }',
        },
      ]),
      environment: wallEnvironment,
    });
    customer = await Customer.create(instance, '10');
  }, 120_000);

  afterEach(async () => {
    expect(await auditDifferences(instance)).toEqual([]);
  });

  afterAll(async () => {
    await instance.dispose();
    await wall.stop();
  }, 60_000);

  async function begin(script: WallScript, extra: object = {}): Promise<RawClient> {
    story = wall.calls.length;
    wall.script('scripted', script);
    const client = await RawClient.connect(instance.listeningPort);
    client.sendChat(customer.apiKey, {
      model: MODEL,
      stream: true,
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hi' }],
      ...extra,
    });
    return client;
  }

  async function dispatched(): Promise<WallCall> {
    return eventually('the upstream saw the request', async () => wall.calls[story] ?? null);
  }

  /** The one generation that this story made. */
  async function receiptOf(client: RawClient): Promise<ReceiptView> {
    const id = client.header('x-generation-id');
    if (id !== null) return customer.receipt(id, 5000);
    const newest = await eventually('the generation is listed', async () => {
      const [row] = await customer.usage();
      return row !== undefined && row.state !== 'open' ? row : null;
    });
    return customer.receipt(newest.id, 5000);
  }

  it('completed: charges what was produced', async () => {
    const client = await begin(answering({ tokens: 5 }));
    const text = await client.until(/data: \[DONE\]/);
    expect(text).toContain('"cost_nano_usd":"5000"');
    client.close();
    expect(await receiptOf(client)).toMatchObject({
      outcome: 'completed',
      hold_nano_usd: HOLD,
      charge_nano_usd: '5000',
      released_nano_usd: '95000',
      usage_source: 'upstream',
    });
  });

  it('completed: an answer that is not streamed', async () => {
    const client = await begin(answering({ tokens: 6 }), { stream: false });
    await client.until(/"cost_nano_usd":"6000"/);
    client.close();
    expect(await receiptOf(client)).toMatchObject({ outcome: 'completed', charge_nano_usd: '6000' });
  });

  it('completed: a finish reason without [DONE]', async () => {
    const client = await begin(answering({ tokens: 5, withoutDone: true }));
    await client.until(/data: \[DONE\]/);
    expect(await receiptOf(client)).toMatchObject({ outcome: 'completed', charge_nano_usd: '5000' });
  });

  it('completed: metered when the usage never comes', async () => {
    const client = await begin(answering({ tokens: 5, withoutUsage: true }));
    await client.until(/data: \[DONE\]/);
    expect(await receiptOf(client)).toMatchObject({ outcome: 'completed', usage_source: 'estimated' });
  });

  it('completed: the client closes after the finish reason', async () => {
    const client = await begin(answering({ tokens: 5, beforeDone: never }));
    await client.until(/"finish_reason":"stop"/);
    client.close();
    expect(await receiptOf(client)).toMatchObject({ outcome: 'completed', charge_nano_usd: '5000' });
  });

  it('completed: the client closes after [DONE]', async () => {
    const client = await begin(answering({ tokens: 5 }));
    await client.until(/data: \[DONE\]/);
    client.reset();
    expect(await receiptOf(client)).toMatchObject({ outcome: 'completed', charge_nano_usd: '5000' });
  });

  it.each([
    ['FIN', (client: RawClient) => client.close()],
    ['RST', (client: RawClient) => client.reset()],
    ['half-close', (client: RawClient) => client.halfClose()],
  ])('client_disconnect by %s in mid-stream: charges the full hold and cancels the upstream', async (_how, leave) => {
    const client = await begin(answering({ tokens: 90, paceMs: 50 }));
    await client.until(/w3 /);
    const since = Date.now();
    leave(client);
    await cancelledWithinOneSecond(await dispatched(), since);
    expect(await receiptOf(client)).toMatchObject({
      outcome: 'client_disconnect',
      charge_nano_usd: HOLD,
      released_nano_usd: '0',
    });
  });

  it.each([
    ['FIN', (client: RawClient) => client.close()],
    ['RST', (client: RawClient) => client.reset()],
    ['half-close', (client: RawClient) => client.halfClose()],
  ])('client_disconnect by %s before the first byte: charges the full hold', async (_how, leave) => {
    const client = await begin(() => never);
    const call = await dispatched();
    const since = Date.now();
    leave(client);
    await cancelledWithinOneSecond(call, since);
    expect(await receiptOf(client)).toMatchObject({ outcome: 'client_disconnect', charge_nano_usd: HOLD });
  });

  it('rejected: the upstream refuses the request itself, whose words reach the client', async () => {
    const client = await begin(refusing(400, { error: { message: 'bad temperature', type: 'invalid_request_error' } }));
    await client.until(/bad temperature/);
    expect(client.text).toMatch(/^HTTP\/1\.1 400/);
    expect(await receiptOf(client)).toMatchObject({
      outcome: 'rejected',
      charge_nano_usd: '0',
      released_nano_usd: HOLD,
    });
  });

  it('upstream_error_no_output: every attempt failed before content', async () => {
    const client = await begin(refusing(503, { error: { message: 'down' } }));
    await client.until(/server_is_overloaded/);
    expect(client.text).toMatch(/^HTTP\/1\.1 503/);
    expect(client.header('retry-after')).toMatch(/^\d+$/);
    expect(await receiptOf(client)).toMatchObject({ outcome: 'upstream_error_no_output', charge_nano_usd: '0' });
  });

  it('upstream_error_no_output: HTML with status 200 is no answer', async () => {
    const client = await begin(refusing(200, '<html>login</html>'));
    await client.until(/server_is_overloaded/);
    expect(await receiptOf(client)).toMatchObject({ outcome: 'upstream_error_no_output', charge_nano_usd: '0' });
  });

  it.each(['reset', 'close', 'stall', 'error_event'] as const)(
    'upstream_error_partial by %s: metered, and the stream does not look complete',
    async (how) => {
      const client = await begin(answering({ tokens: 20, paceMs: 20, breakAfter: { tokens: 4, how } }));
      const text = await client.until(/data: \{"error"/);
      await client.untilClosed();
      expect(text).toContain('w3 ');
      expect(client.text).not.toContain('[DONE]');
      expect(client.text).not.toMatch(/"finish_reason":"stop"/);
      const receipt = await receiptOf(client);
      expect(receipt).toMatchObject({ outcome: 'upstream_error_partial', usage_source: 'estimated' });
      expect(BigInt(receipt.charge_nano_usd)).toBeGreaterThan(0n);
      expect(BigInt(receipt.charge_nano_usd)).toBeLessThanOrEqual(BigInt(HOLD));
    },
  );

  it('empty_completion: nothing was said and nothing is charged', async () => {
    const client = await begin(answering({ tokens: 0, withoutFinishReason: true }));
    await client.untilClosed();
    expect(client.text).not.toMatch(/"finish_reason":"stop"/);
    expect(await receiptOf(client)).toMatchObject({ outcome: 'empty_completion', charge_nano_usd: '0' });
  });

  it('keeps the books: spent equals the sum of all receipts', async () => {
    const credits = await customer.settled();
    const charges = (await customer.usage()).map((row) => BigInt(row.charge_nano_usd));
    expect(credits.spent).toBe(charges.reduce((sum, charge) => sum + charge, 0n));
  });
});
