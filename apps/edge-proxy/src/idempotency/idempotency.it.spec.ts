import { TcpProxy } from '@apilink/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import type { EdgeWorld } from '../rig/edge-world.factory.contract.js';
import { KeptWorlds } from '../rig/kept-world.factory.contract.js';
import type { ReceivedAnswer } from '../rig/raw-client.factory.contract.js';
import { wholeAnswer } from '../rig/scripted-upstream.factory.contract.js';

let worlds: KeptWorlds;

beforeAll(async () => {
  worlds = await KeptWorlds.open();
});
afterEach(async () => worlds.closeEdges());
afterAll(async () => worlds.close());

const KEY = { 'idempotency-key': 'order-7' };
const ask = async (world: EdgeWorld, body: object = {}, headers = KEY): Promise<ReceivedAnswer> =>
  (await world.chat({ max_tokens: 100, ...body }, headers)).answer();
/** What the client reads of a chunked body. */
const unchunked = ({ body, headers }: ReceivedAnswer): string =>
  headers.get('transfer-encoding') === 'chunked'
    ? body.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, '').trimEnd()
    : body.trimEnd();
const codeOf = (answer: ReceivedAnswer): [number, string] => [answer.status, JSON.parse(answer.body).error.code];
const playText = (world: EdgeWorld, text: string): void => {
  world.alpha.play((call) => call.head().text(text).finish().usage(7, 1).done());
};

describe('the same Idempotency-Key with the same request', () => {
  it('gives a stream that has ended again byte for byte, on another edge too, without a dispatch or a charge', async () => {
    const one = await worlds.edge();
    const other = await worlds.edge();
    playText(one, 'once');
    playText(other, 'once');
    const first = await ask(one);
    expect([first.status, first.headers.has('x-apilink-replayed')]).toEqual([200, false]);
    const { chargeNanoUsd } = await one.final();
    for (const world of [one, other]) {
      const again = await ask(world);
      expect(again.status).toBe(200);
      expect(unchunked(again)).toBe(unchunked(first));
      expect(again.headers.get('x-apilink-replayed')).toBe('true');
      for (const name of ['x-generation-id', 'content-type', 'x-apilink-provider', 'x-apilink-hold-usd']) {
        expect([name, again.headers.get(name)]).toEqual([name, first.headers.get(name)]);
      }
      expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
      expect(again.headers.get('x-ratelimit-limit-requests')).toBe('60000');
    }
    expect([...one.alpha.calls, ...other.alpha.calls]).toHaveLength(1);
    expect(one.finals).toHaveLength(1);
    const { balance, heldNanoUsd } = await one.gate();
    expect([balance.postedNanoUsd, heldNanoUsd]).toEqual([1_000_000_000n, chargeNanoUsd]);
  });

  it('gives a whole answer again', async () => {
    const world = await worlds.edge();
    world.alpha.play((call) => call.answer(200, wholeAnswer('whole', 7, 1)));
    const first = await ask(world, { stream: false });
    const again = await ask(world, { stream: false });
    expect([again.body, again.headers.get('content-type')]).toEqual([first.body, 'application/json']);
    expect(world.alpha.calls).toHaveLength(1);
  });

  it('is refused with a time to come back while the first one runs, on whichever edge', async () => {
    const one = await worlds.edge();
    const other = await worlds.edge();
    // Both edges know the providers of the world that was opened last.
    other.alpha.play((call) => call.head().text('slow'));
    const arriving = other.alpha.nextCall();
    const running = await one.chat({ max_tokens: 100 }, KEY);
    const call = await arriving;
    for (const world of [one, other]) {
      const refused = await ask(world);
      expect(codeOf(refused)).toEqual([409, 'idempotency_key_in_use']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    call.finish().usage(7, 1).done();
    await running.answer();
    expect((await ask(other)).headers.get('x-apilink-replayed')).toBe('true');
  });

  it('is dispatched once when two edges get it at the same moment', async () => {
    const edges = [await worlds.edge(), await worlds.edge()];
    for (const world of edges) playText(world, 'raced');
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_unused, index) => ask(edges[index % 2] ?? failed())),
    );
    expect(edges.flatMap(({ alpha }) => alpha.calls)).toHaveLength(1);
    const told = answers.map(({ status, headers }) => `${status} ${headers.get('x-apilink-replayed') ?? ''}`);
    expect(told.filter((one) => one === '200 ')).toHaveLength(1);
    expect(told.filter((one) => !['200 ', '200 true', '409 '].includes(one))).toEqual([]);
  });

  it('tries again after a failure that cost nothing', async () => {
    const world = await worlds.edge();
    world.alpha.play((call) => call.answer(500, { error: { message: 'no' } }));
    world.beta.play((call) => call.answer(500, { error: { message: 'no' } }));
    expect((await ask(world)).status).toBe(503);
    playText(world, 'now');
    const answer = await ask(world);
    expect([answer.status, answer.headers.has('x-apilink-replayed')]).toEqual([200, false]);
  });

  it('tries again after a refusal before the dispatch', async () => {
    const world = await worlds.edge({ postedNanoUsd: 1n });
    playText(world, 'x');
    expect((await ask(world)).status).toBe(402);
    expect((await ask(world)).status).toBe(402);
    expect((await ask(world, { model: 'none/none' })).status).toBe(404);
    const rows = await worlds.owner.query('SELECT 1 FROM edge.idempotent_answers');
    expect(rows).toEqual([]);
  });

  it('names the generation where the first client went away and was charged', async () => {
    const world = await worlds.edge();
    world.alpha.play((call) => call.head().text('gone'));
    const client = await world.chat({ max_tokens: 100 }, KEY);
    await client.until('gone');
    const generation = /x-generation-id: (gen_\w+)/.exec(client.received)?.[1];
    client.reset();
    expect((await world.final()).outcome).toBe('client_disconnect');
    const again = await ask(world);
    expect(codeOf(again)).toEqual([409, 'idempotent_answer_not_kept']);
    expect(again.body).toContain(generation);
    expect(again.headers.get('x-should-retry')).toBe('false');
    expect(world.alpha.calls).toHaveLength(1);
  });

  it('names the generation of an answer of more than 1 MB', async () => {
    const world = await worlds.edge();
    playText(world, 'x'.repeat(1_100_000));
    const first = await ask(world);
    const again = await ask(world);
    expect(codeOf(again)).toEqual([409, 'idempotent_answer_not_kept']);
    expect(again.body).toContain(first.headers.get('x-generation-id'));
    expect(world.alpha.calls).toHaveLength(1);
  });

  it('is a new request once its day is over', async () => {
    const world = await worlds.edge();
    playText(world, 'x');
    await ask(world);
    await worlds.owner.query("UPDATE edge.idempotent_answers SET kept_until = now() - interval '1 s'");
    expect((await ask(world)).headers.has('x-apilink-replayed')).toBe(false);
    expect(world.alpha.calls).toHaveLength(2);
  });
});

describe('an Idempotency-Key', () => {
  it('with another body, or on another path, is refused', async () => {
    const world = await worlds.edge();
    playText(world, 'x');
    await ask(world);
    expect(codeOf(await ask(world, { max_tokens: 99 }))).toEqual([422, 'idempotency_key_reused']);
    const client = await world.client();
    const body = {
      model: 'acme/echo-1',
      stream: true,
      messages: [{ role: 'user', content: 'Hello' }],
      max_tokens: 100,
    };
    const elsewhere = await client.post('/api/v1/chat/completions', world.apiKey, body, KEY).answer();
    expect(elsewhere.status).toBe(422);
    expect(world.alpha.calls).toHaveLength(1);
  });

  it('is never taken from x-client-request-id, and refused when it is too long', async () => {
    const world = await worlds.edge();
    playText(world, 'x');
    for (let count = 0; count < 2; count++) {
      const answer = await (await world.chat({}, { 'x-client-request-id': 'thread' })).answer();
      expect(answer.headers.has('x-apilink-replayed')).toBe(false);
    }
    expect(codeOf(await ask(world, {}, { 'idempotency-key': 'k'.repeat(256) }))).toEqual([400, 'invalid_header']);
    expect(world.alpha.calls).toHaveLength(2);
  });

  it('of an edge that was killed is free once its hold has expired, and not before', async () => {
    const killed = await worlds.edge();
    const survivor = await worlds.edge();
    survivor.alpha.play(
      (call) => call.head().text('never ends'),
      (call) => call.head().text('after all').finish().usage(7, 1).done(),
    );
    const client = await killed.chat({ max_tokens: 100 }, KEY);
    await client.until('never ends');
    expect((await ask(survivor)).status).toBe(409);
    // As if its renewals had stopped.
    await worlds.owner.query("UPDATE edge.idempotent_answers SET lease_until = now() - interval '1 ms'");
    const answer = await ask(survivor);
    expect([answer.status, answer.headers.has('x-apilink-replayed')]).toEqual([200, false]);
    client.reset();
    await killed.final();
    // The late end of the first run takes nothing from the second.
    expect((await ask(survivor)).headers.get('x-apilink-replayed')).toBe('true');
  });

  it('keeps nothing that can be read in the tables', async () => {
    const world = await worlds.edge();
    playText(world, 'a secret answer');
    await ask(world, { messages: [{ role: 'user', content: 'a secret question' }] });
    const text = await worlds.everything();
    expect(text.length).toBeGreaterThan(100);
    expect(text).not.toContain('secret');
    expect(text).not.toContain('order-7');
  });
});

describe('with Postgres away', () => {
  it('a request with a key is told to come back, and every other one notices nothing', async () => {
    const proxy = await TcpProxy.before(worlds.appUrl);
    const world = await worlds.edge({}, proxy.through(worlds.appUrl));
    playText(world, 'x');
    expect((await ask(world)).status).toBe(200);
    proxy.refuse();
    const refused = await ask(world);
    expect(codeOf(refused)).toEqual([503, 'storage_unavailable']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await (await world.chat()).answer()).status).toBe(200);
    await proxy.close();
  });

  it('that answers too late, a key is free again once it has answered', async () => {
    const proxy = await TcpProxy.before(worlds.appUrl);
    const world = await worlds.edge({}, proxy.through(worlds.appUrl));
    playText(world, 'x');
    proxy.pause();
    expect((await ask(world)).status).toBe(503);
    proxy.open();
    let answer = await ask(world);
    while (answer.status !== 200) answer = await ask(world);
    expect(answer.headers.has('x-apilink-replayed')).toBe(false);
    expect(world.alpha.calls).toHaveLength(1);
    await proxy.close();
  });

  it('from the start on the edge serves all the same', async () => {
    const world = await worlds.edge({}, 'postgres://edge_app:x@127.0.0.1:1/none');
    playText(world, 'x');
    expect((await ask(world)).status).toBe(503);
    expect((await (await world.chat()).answer()).status).toBe(200);
  });

  it('an answer that could not be kept in time is kept as soon as it can be', async () => {
    const proxy = await TcpProxy.before(worlds.appUrl);
    const world = await worlds.edge({ env: { HOLD_EXPIRY: '600ms' } }, proxy.through(worlds.appUrl));
    world.alpha.play((call) => call.head().text('x'));
    const arriving = world.alpha.nextCall();
    const client = await world.chat({ max_tokens: 100 }, KEY);
    const call = await arriving;
    await client.until('"x"');
    proxy.refuse();
    call.finish().usage(7, 1).done();
    expect((await client.answer()).status).toBe(200);
    proxy.open();
    let answer = await ask(world);
    while (answer.status !== 200) answer = await ask(world);
    expect(answer.headers.get('x-apilink-replayed')).toBe('true');
    expect(world.alpha.calls).toHaveLength(1);
    await proxy.close();
  });
});

describe('without a database', () => {
  it('a request with a key is refused, because its promise could not be kept', async () => {
    const world = await worlds.edge({ env: { SECRETS_KEY: '' } });
    playText(world, 'x');
    expect(codeOf(await ask(world))).toEqual([400, 'storage_not_offered']);
    expect((await (await world.chat()).answer()).status).toBe(200);
  });
});

function failed(): never {
  throw new Error('there is no such edge');
}
