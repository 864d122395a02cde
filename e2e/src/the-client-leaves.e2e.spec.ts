import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { eventually, pause } from './instance.js';
import { expectCancelledWithinOneSecond, expectExactBooksOf, HOLD, never, OutcomeStories } from './outcome-stories.js';
import { RawClient } from './raw-client.js';
import { TcpProxy } from './tcp-proxy.js';
import { answering } from './wall.js';

const waysToLeave: [string, (client: RawClient) => void][] = [
  ['FIN', (client) => client.close()],
  ['RST', (client) => client.reset()],
  ['half-close', (client) => client.halfClose()],
];
/** More than the kernel and ApiLink take from an upstream whose answer nobody reads. */
const FLOOD_BYTES = 48 * 1024 * 1024;
const STALL_MS = 60_000;

describe('a client that leaves or does not read pays as docs/money.md says', () => {
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

  async function expectDisconnect(client: RawClient, since: number): Promise<void> {
    await expectCancelledWithinOneSecond(stories, since);
    expect(await stories.receiptOf(client)).toMatchObject({
      outcome: 'client_disconnect',
      charge_nano_usd: HOLD,
      released_nano_usd: '0',
    });
  }

  it.each(waysToLeave)('client_disconnect by %s in mid-stream: the full hold', async (_how, leave) => {
    const client = await stories.begin(answering({ tokens: 90, paceMs: 50 }));
    await client.until(/w3 /);
    const since = Date.now();
    leave(client);
    await expectDisconnect(client, since);
  });

  it.each(waysToLeave)('client_disconnect by %s before the first byte: the full hold', async (_how, leave) => {
    const client = await stories.begin(() => never);
    await stories.dispatched();
    const since = Date.now();
    leave(client);
    await expectDisconnect(client, since);
  });

  it('client_disconnect from an answer that is not streamed: the full hold', async () => {
    const client = await stories.begin(() => never, { stream: false });
    await stories.dispatched();
    const since = Date.now();
    client.close();
    await expectDisconnect(client, since);
  });

  it.each(waysToLeave)('completed: %s behind the finish reason, while the usage is awaited', async (_how, leave) => {
    const usage = Promise.withResolvers<void>();
    const client = await stories.begin(answering({ tokens: 5, beforeUsage: usage.promise }));
    await client.until(/w4 /);
    await stories.everythingIsRead();
    leave(client);
    await stories.everythingIsRead();
    usage.resolve();
    expect(await stories.receiptOf(client)).toMatchObject({
      outcome: 'completed',
      charge_nano_usd: '5000',
      usage_source: 'upstream',
    });
  });

  it.each(waysToLeave)('completed: %s behind [DONE]', async (_how, leave) => {
    const client = await stories.begin(answering({ tokens: 5 }));
    await client.until(/data: \[DONE\]/);
    leave(client);
    expect(await stories.receiptOf(client)).toMatchObject({ outcome: 'completed', charge_nano_usd: '5000' });
  });

  it.each(waysToLeave)('completed: %s and the end of the answer, both at once', async (_how, leave) => {
    const finish = Promise.withResolvers<void>();
    const client = await stories.begin(answering({ tokens: 5, beforeFinish: finish.promise }));
    await client.until(/w4 /);
    const call = await stories.dispatched();
    // Frozen, ApiLink finds both in one turn of its event loop.
    process.kill(stories.instance.pid, 'SIGSTOP');
    try {
      leave(client);
      finish.resolve();
      await eventually('the answer lies with the kernel', async () => (call.finished ? true : null));
    } finally {
      process.kill(stories.instance.pid, 'SIGCONT');
    }
    expect(await stories.receiptOf(client)).toMatchObject({
      outcome: 'completed',
      charge_nano_usd: '5000',
      usage_source: 'upstream',
    });
  });

  it('void_before_dispatch: a client that closes behind its request is gone before anything is sent on', async () => {
    // Frozen, ApiLink reads the request and the close together.
    process.kill(stories.instance.pid, 'SIGSTOP');
    let client: RawClient;
    try {
      client = await stories.begin(() => never);
      client.halfClose();
    } finally {
      process.kill(stories.instance.pid, 'SIGCONT');
    }
    await client.untilClosed();
    expect(await stories.receiptOf(client)).toMatchObject({ outcome: 'void_before_dispatch', charge_nano_usd: '0' });
    expect(stories.dispatches).toBe(0);
  });

  it('abandoned_late: the client closes when nothing had come within the endpoint’s own deadline', async () => {
    const client = await stories.begin(() => never);
    const call = await stories.dispatched();
    // Its deadline is 2 s; the last endpoint is then waited for as long again.
    while (Date.now() - call.startedAt < 2300) await pause(50);
    const since = Date.now();
    client.close();
    await expectCancelledWithinOneSecond(stories, since);
    expect(await stories.receiptOf(client)).toMatchObject({
      outcome: 'abandoned_late',
      charge_nano_usd: '0',
      released_nano_usd: HOLD,
    });
  });

  it.each([
    ['its client leaves', (client: RawClient, _proxy: TcpProxy) => client.close()],
    ['its own time limit comes, by FIN', (_client: RawClient, proxy: TcpProxy) => proxy.cut('FIN')],
    ['its own time limit comes, by RST', (_client: RawClient, proxy: TcpProxy) => proxy.cut('RST')],
  ])('client_disconnect: a proxy in between closes when %s', async (_when, leave) => {
    const proxy = await TcpProxy.start({ port: stories.instance.listeningPort, leavesWithItsClient: true });
    try {
      const client = await stories.begin(answering({ tokens: 90, paceMs: 50 }), {}, proxy.port);
      await client.until(/w3 /);
      const since = Date.now();
      leave(client, proxy);
      await expectDisconnect(client, since);
    } finally {
      await proxy.stop();
    }
  });

  it('completed: a proxy in between reads on although its client has left', async () => {
    const proxy = await TcpProxy.start({ port: stories.instance.listeningPort, leavesWithItsClient: false });
    try {
      const client = await stories.begin(answering({ tokens: 10, paceMs: 50 }), {}, proxy.port);
      await client.until(/w3 /);
      client.close();
      expect(await stories.receiptOf(client)).toMatchObject({ outcome: 'completed', charge_nano_usd: '10000' });
    } finally {
      await proxy.stop();
    }
  });

  it('completed: a reader that stops for a while gets everything, and the provider waits meanwhile', async () => {
    const client = await stories.begin(answering({ tokens: 4, floodBytes: FLOOD_BYTES }));
    await client.until(/w3 /);
    client.stopReading();
    await pause(3000);
    expect((await stories.dispatched()).finished).toBe(false);
    client.readOn();
    expect(await stories.receiptOf(client, 20_000)).toMatchObject({
      outcome: 'completed',
      charge_nano_usd: '4000',
      usage_source: 'upstream',
    });
    expect((await client.until(/data: \[DONE\]/)).length).toBeGreaterThan(FLOOD_BYTES);
  }, 60_000);

  it('slow_reader: 8 MB wait, and 60 s without progress end it at what was metered', async () => {
    const client = await stories.begin(answering({ tokens: 4, floodBytes: FLOOD_BYTES }));
    await client.until(/w3 /);
    client.stopReading();
    const since = Date.now();
    const call = await stories.dispatched();
    const cancelledAt = await eventually('the upstream was cancelled', async () => call.cancelledAt, 2 * STALL_MS);
    expect(cancelledAt - since).toBeGreaterThan(STALL_MS - 2000);
    expect(cancelledAt - since).toBeLessThan(STALL_MS + 10_000);
    expect(await stories.receiptOf(client)).toMatchObject({
      outcome: 'slow_reader',
      charge_nano_usd: '8000',
      usage_source: 'estimated',
    });
    client.reset();
  }, 180_000);
});
