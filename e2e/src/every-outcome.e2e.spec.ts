import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { Customer } from './customer.js';
import {
  expectCancelledWithinOneSecond,
  expectExactBooksOf,
  HOLD,
  never,
  OutcomeStories,
  TOKEN_NANO_USD,
  UNREACHABLE_MODEL,
} from './outcome-stories.js';
import { RawClient } from './raw-client.js';
import { answering, refusing, type WallScript } from './wall.js';

/** `w0 w1 w2 w3 ` by our own count: a letter and a digit each. */
const COUNTED_OF_FOUR = '8000';

/** Promises more bytes than it sends. */
const halfAnAnswer: WallScript = (_call, _request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
  response.write('{"id":"chatcmpl-wall","choices":[{"index":0,"message":{"content":"hel', () => response.destroy());
};

describe('every outcome of a chat completion is charged as docs/money.md says', () => {
  let stories: OutcomeStories;

  beforeAll(async () => {
    stories = await OutcomeStories.open();
  }, 120_000);

  afterEach(async () => {
    await expectExactBooksOf(stories);
  });

  afterAll(async () => {
    await stories.close();
  }, 60_000);

  it('completed: charges what was produced', async () => {
    const client = await stories.begin(answering({ tokens: 5 }));
    const text = await client.until(/data: \[DONE\]/);
    expect(text).toContain('"cost_nano_usd":"5000"');
    client.close();
    expect(await stories.receiptOf(client)).toMatchObject({
      outcome: 'completed',
      hold_nano_usd: HOLD,
      charge_nano_usd: '5000',
      released_nano_usd: '95000',
      usage_source: 'upstream',
    });
  });

  it('completed: an answer that is not streamed', async () => {
    const client = await stories.begin(answering({ tokens: 6 }), { stream: false });
    await client.until(/"cost_nano_usd":"6000"/);
    client.close();
    expect(await stories.receiptOf(client)).toMatchObject({ outcome: 'completed', charge_nano_usd: '6000' });
  });

  it('completed: a finish reason without [DONE]', async () => {
    const client = await stories.begin(answering({ tokens: 5, withoutDone: true }));
    await client.until(/data: \[DONE\]/);
    expect(await stories.receiptOf(client)).toMatchObject({ outcome: 'completed', charge_nano_usd: '5000' });
  });

  it('completed: metered by us when the usage chunk never comes', async () => {
    const since = Date.now();
    const client = await stories.begin(answering({ tokens: 4, beforeUsage: never }));
    const text = await client.until(/data: \[DONE\]/);
    expect(Date.now() - since).toBeGreaterThanOrEqual(2000);
    expect(text).toContain(`"cost_nano_usd":"${COUNTED_OF_FOUR}"`);
    await expectCancelledWithinOneSecond(stories, Date.now());
    expect(await stories.receiptOf(client)).toMatchObject({
      outcome: 'completed',
      usage_source: 'estimated',
      charge_nano_usd: COUNTED_OF_FOUR,
    });
  });

  it('completed: metered by us when the upstream tells no usage at its end', async () => {
    const client = await stories.begin(answering({ tokens: 4, withoutUsage: true }));
    await client.until(/data: \[DONE\]/);
    expect(await stories.receiptOf(client)).toMatchObject({
      outcome: 'completed',
      usage_source: 'estimated',
      charge_nano_usd: COUNTED_OF_FOUR,
    });
  });

  it.each([
    ['reset', 'usage', 'estimated', COUNTED_OF_FOUR],
    ['close', 'usage', 'estimated', COUNTED_OF_FOUR],
    ['reset', 'done', 'upstream', '4000'],
    ['close', 'done', 'upstream', '4000'],
  ] as const)(
    'completed: the upstream is cut (%s) behind its finish reason, before %s',
    async (how, before, source, charge) => {
      const read = Promise.withResolvers<void>();
      const client = await stories.begin(
        answering({ tokens: 4, cutBehindFinish: { before, how }, beforeUsage: read.promise }),
      );
      await client.until(/w3 /);
      await stories.everythingIsRead();
      read.resolve();
      const text = await client.until(/data: \[DONE\]/);
      expect(text).toContain('"finish_reason":"stop"');
      expect(await stories.receiptOf(client)).toMatchObject({
        outcome: 'completed',
        usage_source: source,
        charge_nano_usd: charge,
      });
    },
  );

  it('rejected: the upstream refuses the request itself, whose words reach the client', async () => {
    const error = { message: 'bad temperature', type: 'invalid_request_error' };
    const client = await stories.begin(refusing(400, { error }));
    await client.until(/bad temperature/);
    expect(client.text).toMatch(/^HTTP\/1\.1 400/);
    expect(await stories.receiptOf(client)).toMatchObject({
      outcome: 'rejected',
      charge_nano_usd: '0',
      released_nano_usd: HOLD,
    });
  });

  it.each([
    ['validation', { max_tokens: -1 }, /^HTTP\/1\.1 400/],
    ['an unknown model', { model: 'acme/nobody' }, /^HTTP\/1\.1 404/],
  ])('rejected before dispatch by %s: nothing is held, sent on or charged', async (_why, extra, status) => {
    const before = await stories.customer.credits();
    const client = await stories.begin(answering({ tokens: 5 }), extra);
    await client.until(/"error"/);
    expect(client.text).toMatch(status);
    expect(client.header('x-generation-id')).toBeNull();
    expect(stories.dispatches).toBe(0);
    expect(await stories.customer.credits()).toEqual(before);
  });

  it('rejected before dispatch by the balance: nothing is held, sent on or charged', async () => {
    const poor = await Customer.create(stories.instance, '0.000001');
    const client = await RawClient.connect(stories.instance.listeningPort);
    const messages = [{ role: 'user', content: 'hi' }];
    client.sendChat(poor.apiKey, { model: 'acme/echo-1', max_tokens: 100, messages });
    await client.until(/"error"/);
    expect(client.text).toMatch(/^HTTP\/1\.1 402/);
    expect(await poor.credits()).toMatchObject({ spent: 0n, held: 0n, available: 1000n });
    expect(await poor.usage()).toEqual([]);
  });

  it('void_before_dispatch: no endpoint can be reached', async () => {
    const client = await stories.begin(answering({ tokens: 5 }), { model: UNREACHABLE_MODEL });
    await client.until(/server_is_overloaded/);
    expect(client.text).toMatch(/^HTTP\/1\.1 503/);
    expect(client.header('retry-after')).toMatch(/^\d+$/);
    expect(await stories.receiptOf(client)).toMatchObject({ outcome: 'void_before_dispatch', charge_nano_usd: '0' });
  });

  it.each<[string, WallScript, object]>([
    ['a 503', refusing(503, { error: { message: 'down' } }), {}],
    ['HTML with status 200', refusing(200, '<html>login</html>'), {}],
    ['half an answer that is not streamed', halfAnAnswer, { stream: false }],
    ['no answer in time', () => never, {}],
  ])('upstream_error_no_output by %s: the client is told when to come again', async (_how, script, extra) => {
    const client = await stories.begin(script, extra);
    await client.until(/server_is_overloaded/);
    expect(client.text).toMatch(/^HTTP\/1\.1 503/);
    expect(client.header('retry-after')).toMatch(/^\d+$/);
    expect(await stories.receiptOf(client)).toMatchObject({
      outcome: 'upstream_error_no_output',
      charge_nano_usd: '0',
      released_nano_usd: HOLD,
    });
  });

  it.each(['reset', 'close', 'error_event'] as const)(
    'upstream_error_no_output by %s behind the first, empty event: the stream does not look complete',
    async (how) => {
      const client = await stories.begin(answering({ tokens: 5, breakAfter: { tokens: 0, how } }));
      await client.until(/server_is_overloaded/);
      await client.untilClosed();
      expect(client.text).not.toContain('[DONE]');
      expect(await stories.receiptOf(client)).toMatchObject({
        outcome: 'upstream_error_no_output',
        charge_nano_usd: '0',
        released_nano_usd: HOLD,
      });
    },
  );

  it.each(['reset', 'close', 'stall', 'error_event'] as const)(
    'upstream_error_partial by %s: metered, and the stream does not look complete',
    async (how) => {
      const client = await stories.begin(answering({ tokens: 20, paceMs: 20, breakAfter: { tokens: 4, how } }));
      const text = await client.until(/data: \{"error"/);
      await client.untilClosed();
      expect(text).toContain('w3 ');
      expect(client.text).not.toContain('[DONE]');
      expect(client.text).not.toMatch(/"finish_reason":"stop"/);
      expect(await stories.receiptOf(client)).toMatchObject({
        outcome: 'upstream_error_partial',
        usage_source: 'estimated',
        charge_nano_usd: COUNTED_OF_FOUR,
      });
    },
  );

  it.each([
    ['without tokens and finish reason', { tokens: 0, withoutFinishReason: true }],
    ['that finishes with an error', { tokens: 4, finishReason: 'error' }],
  ] as const)('empty_completion: an answer %s costs nothing and does not look whole', async (_what, plan) => {
    const client = await stories.begin(answering(plan));
    await client.until(/"error"/);
    expect(client.text).not.toMatch(/"finish_reason":"stop"/);
    expect(client.text).not.toContain('[DONE]');
    expect(await stories.receiptOf(client)).toMatchObject({
      outcome: 'empty_completion',
      charge_nano_usd: '0',
      released_nano_usd: HOLD,
    });
  });

  it('hold_exhausted: the answer ends with length, and costs what the client was told', async () => {
    const customer = await Customer.create(stories.instance, '0.009');
    const [first, rival] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    stories.wall.script('scripted', answering({ tokens: 9000, waitAfter: { tokens: 4, until: first.promise } }));
    const messages = [{ role: 'user', content: 'hi' }];
    const ask = async (maxTokens: number): Promise<RawClient> => {
      const client = await RawClient.connect(stories.instance.listeningPort);
      client.sendChat(customer.apiKey, { model: 'acme/echo-1', stream: true, max_tokens: maxTokens, messages });
      return client;
    };
    const client = await ask(9000);
    await client.until(/w3 /);
    // Another request takes what the first one was going to grow into.
    stories.wall.script('scripted', answering({ tokens: 1, beforeFinish: rival.promise }));
    const other = await ask(4096);
    await other.until(/w0 /);
    first.resolve();
    const text = await client.until(/data: \[DONE\]/);
    expect(text).toContain('"finish_reason":"length"');
    const told = /"cost_nano_usd":"(\d+)"/.exec(text)?.[1] ?? '';
    const receipt = await customer.receipt(client.header('x-generation-id') ?? '', 5000);
    expect(receipt).toMatchObject({ outcome: 'hold_exhausted', charge_nano_usd: told, usage_source: 'estimated' });
    expect(BigInt(told)).toBeGreaterThan(3000n * TOKEN_NANO_USD);
    expect(BigInt(told)).toBeLessThanOrEqual(9_000_000n - 4_096_000n);
    rival.resolve();
    await other.until(/data: \[DONE\]/);
    const { spent, available } = await customer.settled();
    expect(spent).toBe(BigInt(told) + TOKEN_NANO_USD);
    expect(available).toBe(9_000_000n - spent);
  });
});
