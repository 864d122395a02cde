import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, INPUT_NANO_USD, OUTPUT_NANO_USD } from '../rig/edge-world.factory.contract.js';
import type { RawClient } from '../rig/raw-client.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

const endings: [string, (client: RawClient) => void][] = [
  ['FIN', (client) => client.close()],
  ['RST', (client) => client.reset()],
  ['half-close', (client) => client.halfClose()],
];

describe.each(endings)('a client that ends by %s', (_name, leave) => {
  it('before the first byte pays the full hold, and its upstream is cancelled', async () => {
    world = await EdgeWorld.open();
    const arriving = world.alpha.nextCall();
    const client = await world.chat({ max_tokens: 100 });
    const call = await arriving;
    leave(client);
    await call.closed;
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'client_disconnect', usageSource: 'none' });
    expect(final.chargeNanoUsd).toBe(final.finalHoldNanoUsd);
    expect(final.chargeNanoUsd).toBeGreaterThanOrEqual(100n * OUTPUT_NANO_USD);
  });

  it('in mid-stream pays the full hold, and its upstream is cancelled', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('one').text('two'));
    const arriving = world.alpha.nextCall();
    const client = await world.chat({ max_tokens: 100 });
    const call = await arriving;
    await client.until('two');
    leave(client);
    await call.closed;
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'client_disconnect', usageSource: 'estimated' });
    expect(final.chargeNanoUsd).toBe(final.finalHoldNanoUsd);
  });

  it('after the finish reason pays what was used', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('one').text('two'));
    const arriving = world.alpha.nextCall();
    const client = await world.chat({ max_tokens: 100 });
    const call = await arriving;
    await client.until('two');
    call.finish();
    // The finishing chunk is held for its usage; an answer that was asked for later tells that the edge has read it.
    await world.get('/api/hello');
    leave(client);
    call.usage(7, 2).done();
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'completed', usageSource: 'upstream', finishReason: 'stop' });
    expect(final.chargeNanoUsd).toBe(7n * INPUT_NANO_USD + 2n * OUTPUT_NANO_USD);
  });

  it('after [DONE] pays what was used', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('one').finish().usage(7, 1).done());
    const client = await world.chat();
    await client.until('[DONE]');
    leave(client);
    const final = await world.final();
    expect(final.outcome).toBe('completed');
    expect(final.chargeNanoUsd).toBe(7n * INPUT_NANO_USD + OUTPUT_NANO_USD);
  });
});

describe('a client that leaves in the turn in which the upstream has its say', () => {
  it('pays nothing for a request that was refused', async () => {
    world = await EdgeWorld.open();
    for (let round = 1; round <= 5; round++) {
      const arriving = world.alpha.nextCall();
      const client = await world.chat();
      const call = await arriving;
      // Both lie with the kernel before the edge looks again.
      client.reset();
      call.answer(400, { error: { message: 'no such tool', code: 'bad' } });
      expect(await world.final(round)).toMatchObject({ outcome: 'rejected', chargeNanoUsd: 0n });
    }
  });

  it('pays what was used when the answer ended', async () => {
    world = await EdgeWorld.open();
    for (let round = 1; round <= 5; round++) {
      world.alpha.play((call) => call.head().text('one'));
      const arriving = world.alpha.nextCall();
      const client = await world.chat();
      const call = await arriving;
      await client.until('one');
      client.reset();
      call.finish().usage(7, 1).done();
      expect(await world.final(round)).toMatchObject({ outcome: 'completed', usageSource: 'upstream' });
    }
  });
});
