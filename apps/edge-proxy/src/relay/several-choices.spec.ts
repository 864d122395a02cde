import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, INPUT_NANO_USD, OUTPUT_NANO_USD } from '../rig/edge-world.factory.contract.js';
import type { UpstreamCall } from '../rig/scripted-upstream.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

const USAGE_MS = 30;

function chunk(index: number, delta: object, finishReason: string | null = null): object {
  const choices = [{ index, delta, finish_reason: finishReason, logprobs: null }];
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices };
}

function choice(call: UpstreamCall, index: number, delta: object, finishReason: string | null = null): void {
  call.event(chunk(index, delta, finishReason));
}

/** Answers that were asked for later tell that the edge has read what came before. */
async function edgeHasRead(): Promise<void> {
  for (let asked = 0; asked < 20; asked++) await world.get('/api/hello');
}

/** The first choice is whole, the second one runs, and the wait for a usage behind the first would be over. */
async function secondChoiceRuns(): Promise<{ call: UpstreamCall; client: Awaited<ReturnType<EdgeWorld['chat']>> }> {
  world = await EdgeWorld.open({ relay: { usageMs: USAGE_MS } });
  const arriving = world.alpha.nextCall();
  world.alpha.play((begun) => {
    begun.head();
    choice(begun, 0, { content: 'one' });
    choice(begun, 0, {}, 'stop');
    choice(begun, 1, { content: 'two' });
  });
  const client = await world.chat({ n: 2, max_tokens: 50 });
  const call = await arriving;
  await client.until('two');
  const since = performance.now();
  while (performance.now() - since < 10 * USAGE_MS) await world.get('/api/hello');
  return { call, client };
}

describe('an upstream that gives its choices one after the other', () => {
  it('is not cut short when the first of them has ended', async () => {
    const { call, client } = await secondChoiceRuns();
    choice(call, 1, { content: 'three' });
    choice(call, 1, {}, 'stop');
    call.usage(7, 3).done();
    const { body } = await client.answer();
    expect(body).toContain('three');
    expect(body).not.toContain('"length"');
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'completed', usageSource: 'upstream' });
    expect(final.chargeNanoUsd).toBe(7n * INPUT_NANO_USD + 3n * OUTPUT_NANO_USD);
  });

  it('has a client that leaves then pay as one that leaves in mid-stream', async () => {
    const { call, client } = await secondChoiceRuns();
    client.close();
    await call.closed;
    const final = await world.final();
    expect(final.outcome).toBe('client_disconnect');
    expect(final.chargeNanoUsd).toBe(final.finalHoldNanoUsd);
  });
});

describe('a reader that is slow when the answer ends', () => {
  it('pays what the provider says was used, not our estimate', async () => {
    world = await EdgeWorld.open();
    const arriving = world.alpha.nextCall();
    world.alpha.play((begun) => begun.head().text('one'));
    const client = await world.chat({ max_tokens: 50 });
    await client.until('one');
    client.socket.pause();
    const call = await arriving;
    // The first one fills the socket; 8.35 MB wait here then, just below the bound of 8 MiB.
    for (const bytes of [4_000_000, 4_000_000, 4_000_000, 350_000]) choice(call, 0, { padding: 'x'.repeat(bytes) });
    await edgeHasRead();
    const last = [chunk(0, { padding: 'x'.repeat(45_000) }), chunk(0, {}, 'stop')];
    call.raw(last.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
    await edgeHasRead();
    call.usage(7, 2).done();
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'completed', usageSource: 'upstream' });
    expect(final.chargeNanoUsd).toBe(7n * INPUT_NANO_USD + 2n * OUTPUT_NANO_USD);
  });
});
