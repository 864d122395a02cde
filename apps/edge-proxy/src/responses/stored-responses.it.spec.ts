import { TcpProxy } from '@apilink/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { MODEL, type EdgeWorld } from '../rig/edge-world.factory.contract.js';
import { KeptWorlds } from '../rig/kept-world.factory.contract.js';
import type { ReceivedAnswer } from '../rig/raw-client.factory.contract.js';
import { wholeAnswer } from '../rig/scripted-upstream.factory.contract.js';

let worlds: KeptWorlds;

beforeAll(async () => {
  worlds = await KeptWorlds.open();
});
afterEach(async () => worlds.closeEdges());
afterAll(async () => worlds.close());

type Json = Record<string, unknown>;
async function post(world: EdgeWorld, body: object, path = '/v1/responses'): Promise<ReceivedAnswer> {
  const client = await world.client();
  const whole = { model: MODEL, max_output_tokens: 100, ...body };
  return client.post(path, world.apiKey, path.endsWith('compact') ? { model: MODEL, ...body } : whole).answer();
}

async function ask(world: EdgeWorld, input: unknown, body: object = {}): Promise<Json & { id: string }> {
  const answer = await post(world, { input, ...body });
  if (answer.status !== 200) throw new Error(answer.body);
  return JSON.parse(answer.body);
}

const codeOf = (answer: ReceivedAnswer): [number, string] => [answer.status, JSON.parse(answer.body).error.code];
const say = (world: EdgeWorld, ...texts: string[]): void =>
  world.alpha.play(
    ...texts.map((text) => (call: Parameters<Parameters<EdgeWorld['alpha']['play']>[0]>[0]) => {
      call.answer(200, wholeAnswer(text, 7, 1));
    }),
  );
const user = (text: string) => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] });
/** What the chat provider was sent last, as `role: text`. */
const sentTo = (world: EdgeWorld): string[] => {
  const messages = world.alpha.calls.at(-1)?.json['messages'];
  if (!Array.isArray(messages)) throw new Error('nothing was sent');
  return messages.map(({ role, content }) => `${role}: ${typeof content === 'string' ? content : content[0].text}`);
};

describe('a stored response', () => {
  it('goes on by its id on any edge, with the whole conversation sent and charged, without earlier instructions', async () => {
    const one = await worlds.edge();
    const other = await worlds.edge();
    say(other, 'Hello Ada.', 'You are Ada.', 'Bye.');
    const first = await ask(one, 'I am Ada.', { instructions: 'Be kind.' });
    expect(first).toMatchObject({ object: 'response', store: true });
    const second = await ask(other, [user('Who am I?')], { previous_response_id: first.id });
    expect(second).toMatchObject({ previous_response_id: first.id, store: true });
    await ask(one, 'Bye', { previous_response_id: second.id });
    expect(sentTo(other)).toEqual([
      'user: I am Ada.',
      'assistant: Hello Ada.',
      'user: Who am I?',
      'assistant: You are Ada.',
      'user: Bye',
    ]);
    const holds = (await one.gate()).holds.map(({ amountNanoUsd }) => amountNanoUsd);
    expect(holds).toHaveLength(3);
  });

  it('is given again as the client was told it, streamed or not, and after a restart', async () => {
    const world = await worlds.edge();
    say(world, 'Hi');
    const told = await post(world, { input: 'Hello' });
    const { id } = JSON.parse(told.body);
    expect((await world.get(`/v1/responses/${id}`)).body).toBe(told.body);
    world.alpha.play((call) => call.head().text('streamed').finish().usage(7, 1).done());
    const stream = await post(world, { input: 'Hello', stream: true });
    const completed = JSON.parse(/data: (\{"type":"response\.completed".*)\n/.exec(stream.body)?.[1] ?? '{}');
    const restarted = await worlds.edge();
    const again = await restarted.get(`/api/v1/responses/${completed.response.id}`);
    expect([again.status, JSON.parse(again.body)]).toEqual([200, completed.response]);
    expect(again.headers.get('x-ratelimit-limit-requests')).toBe('60000');
  });

  it('lists what it was made from, page by page', async () => {
    const world = await worlds.edge();
    say(world, 'one', 'two');
    const first = await ask(world, 'first question');
    const second = await ask(world, [user('second question')], { previous_response_id: first.id });
    const list = async (query: string): Promise<Json & { data: Json[]; last_id: string; has_more: boolean }> =>
      JSON.parse((await world.get(`/v1/responses/${second.id}/input_items?${query}`)).body);
    const all = await list('order=asc');
    expect(all.data.map(({ role, content }) => [role, content])).toEqual([
      ['user', [{ type: 'input_text', text: 'first question' }]],
      ['assistant', [expect.objectContaining({ type: 'output_text', text: 'one' })]],
      ['user', [{ type: 'input_text', text: 'second question' }]],
    ]);
    expect(all.has_more).toBe(false);
    const page = await list('limit=2');
    expect(page.has_more).toBe(true);
    const rest = await list(`limit=2&after=${page.last_id}`);
    expect([...page.data, ...rest.data].map(({ id }) => id)).toEqual(all.data.toReversed().map(({ id }) => id));
    expect(codeOf(await world.get(`/v1/responses/${second.id}/input_items?limit=0`))).toEqual([
      400,
      'invalid_parameter',
    ]);
    expect(codeOf(await world.get(`/v1/responses/${second.id}/input_items?after=x`))).toEqual([
      400,
      'invalid_parameter',
    ]);
  });

  it('is gone once it is deleted, for whatever builds on it too', async () => {
    const world = await worlds.edge();
    say(world, 'x');
    const first = await ask(world, 'a');
    const second = await ask(world, 'b', { previous_response_id: first.id });
    const deleted = await world.get(`/v1/responses/${first.id}`, {}, 'DELETE');
    expect(JSON.parse(deleted.body)).toEqual({ id: first.id, object: 'response', deleted: true });
    for (const path of ['', '/input_items']) {
      expect(codeOf(await world.get(`/v1/responses/${first.id}${path}`))).toEqual([404, 'response_not_found']);
    }
    expect((await world.get(`/v1/responses/${first.id}`, {}, 'DELETE')).status).toBe(404);
    const calls = world.alpha.calls.length;
    for (const id of [first.id, second.id]) {
      const refused = await post(world, { input: 'c', previous_response_id: id });
      expect(codeOf(refused)).toEqual([404, 'response_not_found']);
      expect(JSON.parse(refused.body).error.param).toBe('previous_response_id');
    }
    expect(world.alpha.calls).toHaveLength(calls);
    expect((await world.get(`/v1/responses/${second.id}`)).status).toBe(200);
    const left =
      'SELECT 1 FROM edge.stored_responses FULL JOIN edge.stored_items USING (response_id) WHERE response_id = $1';
    expect(await worlds.owner.query(left, [first.id])).toEqual([]);
  });

  it('of another account is not there', async () => {
    const world = await worlds.edge();
    say(world, 'x');
    const first = await ask(world, 'a');
    const apiKey = await worlds.otherAccount();
    const headers = { authorization: `Bearer ${apiKey}` };
    for (const [path, method] of [
      ['', 'GET'],
      ['/input_items', 'GET'],
      ['', 'DELETE'],
    ] as const) {
      const answer = await world.get(`/v1/responses/${first.id}${path}`, headers, method);
      expect(codeOf(answer)).toEqual([404, 'response_not_found']);
    }
    const client = await world.client();
    const body = { model: MODEL, input: 'b', previous_response_id: first.id };
    expect(codeOf(await client.post('/v1/responses', apiKey, body).answer())).toEqual([404, 'response_not_found']);
    expect((await world.get(`/v1/responses/${first.id}`)).status).toBe(200);
  });

  it('is kept no longer than asked: not at all with store false', async () => {
    const world = await worlds.edge();
    say(world, 'x');
    const told = await ask(world, 'a', { store: false });
    expect([told['store'], (await world.get(`/v1/responses/${told.id}`)).status]).toEqual([false, 404]);
    expect(await worlds.owner.query('SELECT 1 FROM edge.stored_responses')).toEqual([]);
  });

  it('is counted and quoted with the conversation before it', async () => {
    const world = await worlds.edge();
    say(world, 'word '.repeat(200));
    const first = await ask(world, 'a');
    const count = async (body: object): Promise<number> => {
      const answer = await post(
        world,
        { input: 'b', max_output_tokens: undefined, ...body },
        '/v1/responses/input_tokens',
      );
      const counted = JSON.parse(answer.body);
      expect([answer.status, counted.object]).toEqual([200, 'response.input_tokens']);
      return counted.input_tokens;
    };
    const alone = await count({});
    expect(await count({ previous_response_id: first.id })).toBeGreaterThan(alone + 150);
    const quote = await post(world, { input: 'b', previous_response_id: first.id }, '/v1/quote?for=/v1/responses');
    expect(quote.status).toBe(200);
    expect(world.finals.length).toBeLessThanOrEqual(1);
  });

  it('of too long a conversation is refused by name, and nothing of it is sent', async () => {
    const world = await worlds.edge();
    say(world, 'x');
    const first = await ask(world, 'a');
    await worlds.owner.query('UPDATE edge.stored_responses SET stored_bytes = 70000000');
    const refused = await post(world, { input: 'b', previous_response_id: first.id });
    expect(codeOf(refused)).toEqual([400, 'conversation_too_large']);
    // A response that would build on itself goes round for ever.
    await worlds.owner.query('UPDATE edge.stored_responses SET stored_bytes = 1, previous_response_id = response_id');
    const endless = await post(world, { input: 'b', previous_response_id: first.id });
    expect(codeOf(endless)).toEqual([400, 'conversation_too_large']);
    expect(world.alpha.calls).toHaveLength(1);
  });

  it('is deleted after its time, which begins anew with whatever builds on it', async () => {
    const world = await worlds.edge();
    say(world, 'x');
    const first = await ask(world, 'a');
    const alone = await ask(world, 'b');
    await worlds.owner.query("UPDATE edge.stored_responses SET kept_until = now() + interval '1 h'");
    const second = await ask(world, 'c', { previous_response_id: first.id });
    const left = await worlds.owner.query<{ response_id: string; days: string }>(
      `SELECT response_id, round(extract(epoch FROM kept_until - now()) / 86400) AS days FROM edge.stored_responses`,
    );
    expect(new Map(left.map(({ response_id: id, days }) => [id, Number(days)]))).toEqual(
      new Map([
        [first.id, 30],
        [second.id, 30],
        [alone.id, 0],
      ]),
    );
    await worlds.owner.query("UPDATE edge.stored_responses SET kept_until = now() - interval '1 s'");
    expect((await world.get(`/v1/responses/${second.id}`)).status).toBe(404);
    expect((await post(world, { input: 'd', previous_response_id: second.id })).status).toBe(404);
  });

  it('cannot be read in the tables, nor moved to another account', async () => {
    const world = await worlds.edge();
    say(world, 'a secret answer');
    const told = await ask(world, 'a secret question', { metadata: { secret: 'label' } });
    const text = await worlds.everything();
    expect(text).toContain(told.id);
    expect(text).not.toContain('secret');
    await worlds.owner.query('UPDATE edge.stored_responses SET sealed_resource = sealed_input');
    expect((await world.get(`/v1/responses/${told.id}`)).status).toBe(500);
  });
});

describe('an item that is referred to', () => {
  it('is sent as what it stands for, and an unknown one is named', async () => {
    const world = await worlds.edge();
    say(world, 'Hello Ada.', 'yes');
    const first = await ask(world, 'I am Ada.');
    const output = first['output'];
    const id = Array.isArray(output) ? output[0].id : '';
    await ask(world, [user('I am Ada.'), { type: 'item_reference', id }, user('Sure?')]);
    expect(sentTo(world)).toEqual(['user: I am Ada.', 'assistant: Hello Ada.', 'user: Sure?']);
    const unknown = await post(world, { input: [{ type: 'item_reference', id: 'msg_unknown' }] });
    expect(codeOf(unknown)).toEqual([404, 'response_item_not_found']);
    expect(unknown.body).toContain('msg_unknown');
  });
});

describe('a compaction', () => {
  it('is a charged turn whose sealed summary goes on in any later request', async () => {
    const world = await worlds.edge();
    say(world, 'Hello.', 'SUMMARY OF ALL', 'ok');
    const first = await ask(world, 'I am Ada.');
    const answer = await post(world, { previous_response_id: first.id, input: 'Go on' }, '/v1/responses/compact');
    const compaction = JSON.parse(answer.body);
    expect([answer.status, compaction]).toEqual([
      200,
      expect.objectContaining({ object: 'response.compaction', usage: expect.objectContaining({ input_tokens: 7 }) }),
    ]);
    expect(answer.body).not.toContain('SUMMARY');
    expect((await world.final(2)).chargeNanoUsd).toBeGreaterThan(0n);
    await ask(world, [...compaction.output, user('Next')]);
    expect(sentTo(world)).toEqual([
      'user: I am Ada.',
      'user: Go on',
      expect.stringContaining('SUMMARY OF ALL'),
      'user: Next',
    ]);
    const foreign = [{ type: 'compaction', encrypted_content: 'apl1c.AAAA' }];
    expect(codeOf(await post(world, { input: foreign }))).toEqual([400, 'invalid_parameter']);
  });
});

describe('with Postgres away', () => {
  it('what is asked for is told to come back, what is not asked for says that it is not stored', async () => {
    const proxy = await TcpProxy.before(worlds.appUrl);
    const world = await worlds.edge({}, proxy.through(worlds.appUrl));
    say(world, 'x');
    const first = await ask(world, 'a');
    proxy.refuse();
    const refusals = [
      await world.get(`/v1/responses/${first.id}`),
      await post(world, { input: 'b', previous_response_id: first.id }),
      await post(world, { input: 'b', store: true }),
    ];
    for (const refused of refusals) {
      expect(codeOf(refused)).toEqual([503, 'storage_unavailable']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await ask(world, 'b'))['store']).toBe(false);
    expect((await ask(world, 'b', { store: false }))['store']).toBe(false);
    proxy.open();
    let again = await world.get(`/v1/responses/${first.id}`);
    while (again.status === 503) again = await world.get(`/v1/responses/${first.id}`);
    expect(again.status).toBe(200);
    await proxy.close();
  });

  it('a stream that could not be stored says so in its last event', async () => {
    const proxy = await TcpProxy.before(worlds.appUrl);
    const world = await worlds.edge({}, proxy.through(worlds.appUrl));
    world.alpha.play((call) => call.head().text('streamed'));
    const arriving = world.alpha.nextCall();
    const client = await world.client();
    client.post('/v1/responses', world.apiKey, { model: MODEL, input: 'a', stream: true });
    const call = await arriving;
    await client.until('streamed');
    proxy.pause();
    call.finish().usage(7, 1).done();
    const answer = await client.answer();
    const completed = JSON.parse(/data: (\{"type":"response\.completed".*)\n/.exec(answer.body)?.[1] ?? '{}');
    expect(completed.response.store).toBe(false);
    await proxy.close();
  });
});

describe('without a database', () => {
  it('is refused what only a store can do, and an answer says that it is not stored', async () => {
    const world = await worlds.edge({ env: { SECRETS_KEY: '' } });
    say(world, 'x');
    for (const body of [{ previous_response_id: 'resp_1' }, { store: true }]) {
      expect(codeOf(await post(world, { input: 'a', ...body }))).toEqual([400, 'storage_not_offered']);
    }
    expect((await world.get('/v1/responses/resp_1')).status).toBe(400);
    expect((await ask(world, 'a'))['store']).toBe(false);
  });
});
