import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { RawClient } from './raw-client.js';
import { expectCancelledWithinOneSecond, expectExactBooksOf, HOLD, never, OutcomeStories } from './outcome-stories.js';
import { answering } from './wall.js';

const DRAIN_MS = 2000;

describe('what the gateway itself ends is never the client’s disconnect', () => {
  let stories: OutcomeStories;

  beforeAll(async () => {
    // Time limits of its own would end these answers first.
    stories = await OutcomeStories.open({
      timeouts: '{ connect: 1s, firstToken: 60s, idle: 60s, answer: 60s }',
      environment: { HOLD_EXPIRY: '6s', DRAIN_DEADLINE: `${DRAIN_MS / 1000}s` },
    });
  }, 120_000);

  afterAll(async () => {
    await stories.close();
  }, 60_000);

  /** SIGTERM while the client waits; ends when ApiLink runs again on the same data. */
  async function drained(client: RawClient): Promise<void> {
    const since = Date.now();
    const ending = stories.instance.stop('SIGTERM');
    await client.until(/shutting_down/);
    await client.untilClosed();
    expect((await ending).exitCode).toBe(0);
    await expectCancelledWithinOneSecond(stories, since + DRAIN_MS);
    await stories.instance.startAgain();
  }

  it('gateway_abort: our shutdown in mid-stream costs what was metered', async () => {
    const client = await stories.begin(answering({ tokens: 4, beforeFinish: never }));
    await client.until(/w3 /);
    await drained(client);
    expect(client.text).not.toContain('[DONE]');
    expect(await stories.receiptOf(client, 20_000)).toMatchObject({
      outcome: 'gateway_abort',
      charge_nano_usd: '8000',
      usage_source: 'estimated',
    });
    await expectExactBooksOf(stories);
  }, 120_000);

  it('gateway_abort: our shutdown before anything came costs nothing', async () => {
    const client = await stories.begin(() => never);
    await stories.dispatched();
    await drained(client);
    expect(client.text).toMatch(/^HTTP\/1\.1 503/);
    expect(await stories.receiptOf(client, 20_000)).toMatchObject({
      outcome: 'gateway_abort',
      charge_nano_usd: '0',
      released_nano_usd: HOLD,
    });
    await expectExactBooksOf(stories);
  }, 120_000);

  it('expired: an edge that died without a word costs nothing, and its hold comes back', async () => {
    const client = await stories.begin(answering({ tokens: 4, beforeFinish: never }));
    await client.until(/w3 /);
    await stories.instance.stop('SIGKILL');
    await client.untilClosed();
    await expectCancelledWithinOneSecond(stories, Date.now());
    await stories.instance.startAgain();
    expect(await stories.receiptOf(client, 30_000)).toMatchObject({
      state: 'expired',
      outcome: 'expired',
      charge_nano_usd: '0',
      released_nano_usd: HOLD,
    });
    await expectExactBooksOf(stories);
  }, 120_000);
});
