import type { HoldStore } from '@apilink/holds';
import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, OUTPUT_NANO_USD } from '../rig/edge-world.factory.contract.js';
import type { UpstreamCall } from '../rig/scripted-upstream.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

/** About two tokens a word. */
const words = 'lorem ipsum '.repeat(50);

/** Goes on until the edge hangs up or all is said, pausing when the edge does. */
function speak(call: UpstreamCall, times: number, end: () => void): void {
  let left = times;
  const more = (): void => {
    while (left > 0 && !call.socket.destroyed && call.socket.writableLength < 65_536) {
      left--;
      call.text(words);
    }
    if (left === 0) {
      left = -1;
      end();
    }
  };
  call.socket.on('drain', more);
  call.head();
  more();
}

/** The gate with every growth of a hold written down. */
function recording(
  resizes: bigint[],
  reply?: (store: HoldStore, request: Parameters<HoldStore['resize']>[0]) => ReturnType<HoldStore['resize']>,
) {
  return (store: HoldStore): HoldStore => ({
    admit: async (request) => store.admit(request),
    renew: async (request) => store.renew(request),
    read: async (...question) => store.read(...question),
    findKey: async (hash) => store.findKey(hash),
    isHoldOpen: async (account, hold) => store.isHoldOpen(account, hold),
    close: async () => store.close(),
    resize: async (request) => {
      if (!request.final) resizes.push(request.targetNanoUsd);
      return reply === undefined ? store.resize(request) : reply(store, request);
    },
  });
}

describe('an answer longer than a step', () => {
  it('grows its hold step by step, and is charged what it used', async () => {
    const resizes: bigint[] = [];
    world = await EdgeWorld.open({ maxOutputTokens: 100_000, wrapStore: recording(resizes) });
    world.alpha.play((call) => speak(call, 150, () => call.finish().usage(7, 15_000).done()));
    const answer = await (await world.chat()).answer();
    expect(answer.body).toContain('[DONE]');
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'completed' });
    expect(final.chargeNanoUsd).toBe(7_000n + 15_000n * OUTPUT_NANO_USD);
    expect(resizes.length).toBeGreaterThanOrEqual(2);
    expect(resizes.toSorted((one, other) => (one < other ? -1 : 1))).toEqual(resizes);
  });

  it('ends with length when the balance affords no more, and pays what came, at most its hold', async () => {
    // Pays for the first step and a little of the second.
    world = await EdgeWorld.open({ maxOutputTokens: 100_000, postedNanoUsd: 45_000_000n });
    world.alpha.play((call) => speak(call, 400, () => call.finish().usage(7, 40_000).done()));
    const arriving = world.alpha.nextCall();
    const client = await world.chat();
    const call = await arriving;
    const answer = await client.answer();
    expect(answer.body).toContain('"finish_reason":"length"');
    expect(answer.body).toContain('[DONE]');
    await call.closed;
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'hold_exhausted', usageSource: 'estimated' });
    expect(final.chargeNanoUsd).toBeGreaterThan(20_000_000n);
    expect(final.chargeNanoUsd).toBeLessThanOrEqual(45_000_000n);
    expect(final.chargeNanoUsd).toBeLessThanOrEqual(final.finalHoldNanoUsd);
  });

  it('that is not streamed ends with length too, when hidden output could have used up the money', async () => {
    let aheadMs = 0;
    world = await EdgeWorld.open({
      maxOutputTokens: 100_000,
      postedNanoUsd: 45_000_000n,
      tuning: { now: () => Date.now() + aheadMs },
    });
    const arriving = world.alpha.nextCall();
    const client = await world.chat({ stream: false });
    const call = await arriving;
    // At 300 tokens a second the first step may be used up after 14 seconds, and the rest of the balance after 15.
    aheadMs = 60_000;
    const answer = await client.answer();
    await call.closed;
    expect(answer.status).toBe(200);
    const body = JSON.parse(answer.body);
    expect(body.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '' } });
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'hold_exhausted', usageSource: 'estimated', stream: false });
    expect(body.usage.cost_nano_usd).toBe(final.chargeNanoUsd.toString());
    expect(final.chargeNanoUsd).toBeLessThanOrEqual(final.finalHoldNanoUsd);
  });

  it('is stopped by nothing while the gate is quiet after a loss', async () => {
    const resizes: bigint[] = [];
    const quiet = recording(resizes, async (store, request) => {
      const reply = await store.resize(request.final ? request : { ...request, targetNanoUsd: 0n });
      return reply.outcome === 'resized' ? { ...reply, quiet: !request.final } : reply;
    });
    world = await EdgeWorld.open({ maxOutputTokens: 100_000, wrapStore: quiet });
    world.alpha.play((call) => speak(call, 80, () => call.finish().usage(7, 8_000).done()));
    expect((await (await world.chat()).answer()).body).toContain('[DONE]');
    expect((await world.final()).outcome).toBe('completed');
    expect(resizes.length).toBeGreaterThan(0);
  });

  it('goes on while the gate is away in mid-stream', async () => {
    const away = recording([], async (store, request) => {
      if (!request.final) throw new Error('away');
      return store.resize(request);
    });
    world = await EdgeWorld.open({ maxOutputTokens: 100_000, wrapStore: away });
    world.alpha.play((call) => speak(call, 80, () => call.finish().usage(7, 8_000).done()));
    expect((await (await world.chat()).answer()).body).toContain('[DONE]');
    expect(await world.final()).toMatchObject({
      outcome: 'completed',
      chargeNanoUsd: 7_000n + 8_000n * OUTPUT_NANO_USD,
    });
  });
});

describe('the end of an answer', () => {
  it('waits no longer than 200 ms for the gate: the charge is then at most the confirmed hold', async () => {
    const silent = recording([], (store, request) =>
      request.final ? new Promise(() => undefined) : store.resize(request),
    );
    world = await EdgeWorld.open({ wrapStore: silent });
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    expect((await (await world.chat()).answer()).body).toContain('[DONE]');
    const final = await world.final();
    expect(final.chargeNanoUsd).toBe(7_000n + OUTPUT_NANO_USD);
    expect(final.finalHoldNanoUsd).toBeGreaterThan(final.chargeNanoUsd);
    expect(final.highestHoldNanoUsd).toBeGreaterThanOrEqual(final.finalHoldNanoUsd);
  });

  it('above its hold is charged as far as the balance goes', async () => {
    world = await EdgeWorld.open({ postedNanoUsd: 1_500_000n });
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 5_000).done());
    await (await world.chat({ max_tokens: 100 })).answer();
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'completed', chargeNanoUsd: 1_500_000n, finalHoldNanoUsd: 1_500_000n });
  });
});

describe('a running hold', () => {
  it('is renewed until its final event is acknowledged, and then no more', async () => {
    const renewed: number[] = [];
    world = await EdgeWorld.open({
      env: { HOLD_EXPIRY: '60ms' },
      wrapStore: (store) => ({
        ...recording([])(store),
        renew: async (request) => {
          renewed.push(request.holds.length);
          return store.renew(request);
        },
      }),
    });
    world.alpha.play((call) => call.head().text('Hello'));
    const arriving = world.alpha.nextCall();
    const client = await world.chat();
    const call = await arriving;
    await client.until('Hello');
    while (renewed.length < 12) await world.get('/api/hello');
    expect((await world.gate()).holds).toHaveLength(1);
    call.finish().usage(7, 1).done();
    await client.until('[DONE]');
    await world.final();
    // The acknowledgement follows the event by a turn or two.
    while (!/apilink_holds_open\{[^}]*\} 0/.test(await world.application.metrics())) await world.get('/api/hello');
    expect(renewed.length).toBeGreaterThanOrEqual(12);
  });
});
