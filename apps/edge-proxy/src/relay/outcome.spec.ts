import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, INPUT_NANO_USD, OUTPUT_NANO_USD } from '../rig/edge-world.factory.contract.js';
import { wholeAnswer } from '../rig/scripted-upstream.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

const both = (inputTokens: bigint, outputTokens: bigint): bigint =>
  inputTokens * INPUT_NANO_USD + outputTokens * OUTPUT_NANO_USD;

async function expectNothingHeld(): Promise<void> {
  const view = await world.gate();
  expect(view.holds.filter((hold) => !hold.final)).toEqual([]);
}

describe('an answer that completes', () => {
  it('streamed: the client gets it whole with its cost, and pays exactly that', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('Hello').text(' world').finish().usage(7, 2).done());
    const answer = await (await world.chat({ max_tokens: 50 })).answer();
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('"cost":0.000027');
    expect(answer.body).toContain('"cost_nano_usd":"27000"');
    expect(answer.body).toContain('data: [DONE]');
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'completed', usageSource: 'upstream', status: 200, stream: true });
    expect(final.chargeNanoUsd).toBe(both(7n, 2n));
    expect(final.finalHoldNanoUsd).toBe(both(7n, 2n));
    expect(final.answeredBy?.endpointId).toBe('alpha/acme/echo-1');
    await expectNothingHeld();
  });

  it('not streamed: the client gets it with its cost, and pays exactly that', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.answer(200, wholeAnswer('Hello', 7, 2)));
    const answer = await (await world.chat({ stream: false })).answer();
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({
      model: 'acme/echo-1',
      usage: { prompt_tokens: 7, cost: 0.000027, cost_nano_usd: '27000' },
    });
    expect(await world.final()).toMatchObject({ outcome: 'completed', chargeNanoUsd: both(7n, 2n), stream: false });
  });

  it('without usage in time is charged as metered, and the receipt says so', async () => {
    world = await EdgeWorld.open({ relay: { usageMs: 20 } });
    world.alpha.play((call) => call.head().text('Hello').finish());
    const answer = await (await world.chat()).answer();
    expect(answer.body).toContain('data: [DONE]');
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'completed', usageSource: 'estimated' });
    expect(final.chargeNanoUsd).toBeGreaterThan(0n);
  });

  it('with a usage that cannot be true is charged as metered: no provider empties a balance by its word', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('Hello').finish().usage(1e15, 9e15).done());
    expect((await (await world.chat()).answer()).body).toContain('data: [DONE]');
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'completed', usageSource: 'estimated' });
    expect(final.attempts).toMatchObject([{ usage: null, costNanoUsd: null }]);
    expect(final.chargeNanoUsd).toBeLessThan(100_000n);
    await expectNothingHeld();
  });

  it.each([-1, 0.5, 2 ** 60, '12', null])(
    'with a usage of %j tokens is charged as metered, and counted',
    async (count) => {
      world = await EdgeWorld.open();
      const usage = { prompt_tokens: 7, completion_tokens: count, total_tokens: 8 };
      world.alpha.play((call) => call.head().text('Hello').finish().event({ choices: [], usage }).done());
      expect((await (await world.chat()).answer()).body).toContain('data: [DONE]');
      expect(await world.final()).toMatchObject({ outcome: 'completed', usageSource: 'estimated' });
      expect(await world.application.metrics()).toMatch(/^apilink_refused_usage_total\{provider="alpha",[^}]*\} 1$/m);
    },
  );

  it('without [DONE] is complete at once', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('Hello').finish().usage(7, 1).end());
    expect((await (await world.chat()).answer()).body).toContain('data: [DONE]');
    expect((await world.final()).outcome).toBe('completed');
  });
});

describe('an answer that costs nothing', () => {
  it('rejected: the upstream refuses the request, and the client is told why', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.answer(400, { error: { message: 'no such tool', code: 'bad' } }));
    const answer = await (await world.chat()).answer();
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('no such tool');
    expect(answer.headers.get('x-generation-id')).toMatch(/^gen_/);
    expect(await world.final()).toMatchObject({ outcome: 'rejected', chargeNanoUsd: 0n, status: 400 });
    expect(world.beta.calls).toHaveLength(0);
    await expectNothingHeld();
  });

  it('void_before_dispatch: no endpoint can be reached', async () => {
    world = await EdgeWorld.open();
    await Promise.all([world.alpha.close(), world.beta.close()]);
    const answer = await (await world.chat()).answer();
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await world.final()).toMatchObject({ outcome: 'void_before_dispatch', chargeNanoUsd: 0n });
  });

  it('upstream_error_no_output: every attempt fails before content', async () => {
    world = await EdgeWorld.open();
    for (const upstream of [world.alpha, world.beta]) upstream.play((call) => call.answer(503, 'away'));
    const answer = await (await world.chat()).answer();
    expect(answer.status).toBe(503);
    expect(answer.body).toContain('server_is_overloaded');
    expect(await world.final()).toMatchObject({ outcome: 'upstream_error_no_output', chargeNanoUsd: 0n });
    await expectNothingHeld();
  });

  it('empty_completion: an answer without tokens and finish reason', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().done());
    expect((await (await world.chat()).answer()).status).toBe(503);
    expect(await world.final()).toMatchObject({ outcome: 'empty_completion', chargeNanoUsd: 0n });
  });

  it('empty_completion: an answer that finishes with an error does not look whole', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('Hel').finish('error').usage(7, 1).done());
    const answer = await (await world.chat()).answer();
    expect(answer.body).toContain('"error"');
    expect(answer.body).not.toContain('[DONE]');
    expect(await world.final()).toMatchObject({ outcome: 'empty_completion', chargeNanoUsd: 0n });
  });

  it('abandoned_late: the client closes after the deadline of the last endpoint, and nothing had come', async () => {
    world = await EdgeWorld.open({ timeouts: { firstTokenMs: 60 } });
    const arriving = world.beta.nextCall();
    const client = await world.chat();
    const call = await arriving;
    const startedAt = Date.now();
    // The edge waits as long again for the last endpoint; its deadline alone has to pass.
    while (Date.now() - startedAt < 75) await world.get('/api/hello');
    client.close();
    await call.closed;
    expect(await world.final()).toMatchObject({ outcome: 'abandoned_late', chargeNanoUsd: 0n });
  });
});

describe('an answer that breaks', () => {
  it('upstream_error_partial: the client gets an error and no end, and pays what came', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => {
      call.head().text('Hello').text(' world');
      call.cut();
    });
    const client = await world.chat();
    await client.ended();
    expect(client.received).toContain('"code":502');
    expect(client.received).not.toContain('[DONE]');
    expect(client.received).not.toMatch(/\r\n0\r\n\r\n$/);
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'upstream_error_partial', usageSource: 'estimated' });
    expect(final.chargeNanoUsd).toBeGreaterThan(0n);
    expect(final.chargeNanoUsd).toBeLessThan(100_000n);
    expect(world.beta.calls).toHaveLength(0);
  });

  it('upstream_error_partial: content that ends with [DONE] alone is no whole answer', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('Hello').done());
    const client = await world.chat();
    await client.ended();
    expect(client.received).toContain('"code":502');
    expect(client.received).not.toContain('[DONE]');
    expect((await world.final()).outcome).toBe('upstream_error_partial');
  });

  it('upstream_error_partial: a stall after content', async () => {
    world = await EdgeWorld.open({ timeouts: { idleMs: 30 } });
    world.alpha.play((call) => call.head().text('Hello'));
    const client = await world.chat();
    await client.ended();
    expect(client.received).toContain('"code":504');
    expect((await world.final()).outcome).toBe('upstream_error_partial');
  });

  it('gateway_abort: our drain cuts the answer, never a client disconnect', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('Hello'));
    const client = await world.chat();
    await client.until('Hello');
    await world.application.drain(10);
    await client.ended();
    expect(client.received).toContain('"code":503');
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'gateway_abort', usageSource: 'estimated' });
    expect(final.chargeNanoUsd).toBeGreaterThan(0n);
  });

  it('gateway_abort: costs nothing when nothing had come', async () => {
    world = await EdgeWorld.open();
    const arriving = world.alpha.nextCall();
    const client = await world.chat();
    await arriving;
    await world.application.drain(10);
    expect((await client.answer()).status).toBe(503);
    expect(await world.final()).toMatchObject({ outcome: 'gateway_abort', chargeNanoUsd: 0n });
  });

  it('slow_reader: a client that stops reading bounds our memory, and pays what came', async () => {
    world = await EdgeWorld.open({ relay: { stallMs: 50 } });
    const text = 'x'.repeat(60_000);
    world.alpha.play((call) => {
      call.head();
      const more = (): void => {
        while (!call.socket.destroyed && call.socket.writableLength < 1_000_000) call.text(text);
      };
      call.socket.on('drain', more);
      more();
    });
    const client = await world.client();
    client.socket.pause();
    const body = { model: 'acme/echo-1', stream: true, messages: [{ role: 'user', content: 'Hello' }] };
    client.post('/v1/chat/completions', world.apiKey, body);
    const final = await world.final();
    expect(final.outcome).toBe('slow_reader');
    expect(final.chargeNanoUsd).toBeGreaterThan(0n);
    expect(final.chargeNanoUsd).toBeLessThanOrEqual(final.finalHoldNanoUsd);
  });
});
