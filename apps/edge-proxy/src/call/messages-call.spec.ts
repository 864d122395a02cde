import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, INPUT_NANO_USD, MODEL, OUTPUT_NANO_USD } from '../rig/edge-world.factory.contract.js';
import type { RawClient, ReceivedAnswer } from '../rig/raw-client.factory.contract.js';
import type { UpstreamCall, UpstreamScript } from '../rig/scripted-upstream.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

const messages = [{ role: 'user', content: 'Hello' }];

async function send(body: object = {}, path = '/v1/messages'): Promise<RawClient> {
  const whole = { model: MODEL, max_tokens: 100, messages, stream: true, ...body };
  const headers = { 'anthropic-version': '2026-10-21', 'anthropic-beta': 'some-beta' };
  return (await world.client()).post(path, world.apiKey, whole, headers);
}

async function ask(body: object = {}, path = '/v1/messages'): Promise<ReceivedAnswer> {
  return (await send(body, path)).answer();
}

function told(call: UpstreamCall, type: string, members: object = {}): UpstreamCall {
  return call.raw(`event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`);
}

const usage = { input_tokens: 7, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };

function begun(call: UpstreamCall): UpstreamCall {
  told(call.head(), 'message_start', { message: { id: 'msg_1', type: 'message', model: 'up', content: [], usage } });
  return told(call, 'content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
}

function text(call: UpstreamCall, words: string): UpstreamCall {
  return told(call, 'content_block_delta', { index: 0, delta: { type: 'text_delta', text: words } });
}

const good: UpstreamScript = (call) => {
  text(begun(call), 'Hi');
  told(call, 'content_block_stop', { index: 0 });
  told(call, 'message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } });
  told(call, 'message_stop').end();
};

describe('POST /v1/messages', () => {
  it('passes a stream of an endpoint that speaks Messages, and charges what it told', async () => {
    world = await EdgeWorld.open({ dialects: ['messages'] });
    world.alpha.play(good);
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.body).toContain(`"model":"${MODEL}"`);
    expect(answer.body).toContain('event: message_stop');
    const charged = 7n * INPUT_NANO_USD + 3n * OUTPUT_NANO_USD;
    expect(answer.body).toContain(`"cost_nano_usd":"${charged}"`);
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'completed', dialect: 'messages', stream: true, finishReason: 'end_turn' });
    expect(final.chargeNanoUsd).toBe(charged);
    const [call] = world.alpha.calls;
    expect(call?.headers).toMatch(/anthropic-version: 2026-10-21/i);
    expect(call?.headers).toMatch(/anthropic-beta: some-beta/i);
    expect(call?.json).toMatchObject({ model: 'upstream-model', max_tokens: 100 });
  });

  it('answers from an endpoint that speaks chat, stream and whole', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    const stream = await ask();
    expect(stream.body).toContain('"text":"Hi"');
    expect(stream.body).toMatch(/"stop_reason":"end_turn".*"output_tokens":1/);
    expect(stream.body).toMatch(/data: \{"type":"message_stop"\}\s+0\s*$/);
    world.alpha.play((call) =>
      call.answer(200, {
        object: 'chat.completion',
        choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 7, completion_tokens: 1, total_tokens: 8 },
      }),
    );
    const whole = await ask({ stream: false });
    expect(JSON.parse(whole.body)).toMatchObject({
      type: 'message',
      model: MODEL,
      content: [{ type: 'text', text: 'Hi' }],
      usage: { input_tokens: 7, output_tokens: 1, cost_nano_usd: String(7n * INPUT_NANO_USD + OUTPUT_NANO_USD) },
    });
  });

  it('goes on to another endpoint when the first one fails before its content', async () => {
    world = await EdgeWorld.open({ dialects: ['messages'] });
    world.alpha.play((call) => {
      told(begun(call), 'error', { error: { type: 'overloaded_error', message: 'Overloaded' } }).end();
    });
    world.beta.play(good);
    const answer = await ask();
    expect(answer.body.match(/event: message_start/g)).toHaveLength(1);
    expect(await world.final()).toMatchObject({ outcome: 'completed', answeredBy: { endpointId: `beta/${MODEL}` } });
  });

  it('ends a broken stream with an error, and never as a whole one', async () => {
    world = await EdgeWorld.open({ dialects: ['messages'] });
    world.alpha.play((call) => text(begun(call), 'Hi').cut());
    const answer = await ask();
    expect(answer.body).toContain('"text":"Hi"');
    expect(answer.body).toMatch(
      /event: error\ndata: \{"type":"error","error":\{"type":"\w+_error","message":"[^"]+"\}\}\n\n\s*0?\s*$/,
    );
    expect(answer.body).not.toContain('message_stop');
  });

  it('tells a prompt that is too long in the words that clients look for, and tries nobody else', async () => {
    world = await EdgeWorld.open({ dialects: ['messages'] });
    const message = 'prompt is too long: 210000 tokens > 200000 maximum';
    world.alpha.play((call) => call.answer(400, { type: 'error', error: { type: 'invalid_request_error', message } }));
    const answer = await ask();
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringContaining(message) },
    });
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(world.beta.calls).toHaveLength(0);
  });

  it('refuses in Anthropic’s form what no endpoint of the model can be asked', async () => {
    world = await EdgeWorld.open();
    const answer = await ask({ tools: [{ type: 'bash_20250124', name: 'bash' }] });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringContaining('tools[0].type') },
      request_id: expect.any(String),
    });
    expect((await world.gate()).holds).toEqual([]);
  });
});

describe('POST /v1/messages/count_tokens', () => {
  const path = '/v1/messages/count_tokens';
  const body = { max_tokens: undefined, stream: undefined };

  it('is answered by an endpoint that counts, and charges nothing', async () => {
    world = await EdgeWorld.open({ dialects: ['messages'] });
    world.alpha.play((call) => call.answer(200, { input_tokens: 14 }));
    const answer = await ask(body, path);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { input_tokens: 14 }]);
    expect(answer.headers.get('x-apilink-token-count')).toBeUndefined();
    const [call] = world.alpha.calls;
    expect(call?.headers).toMatch(/^POST \/\S*messages\/count_tokens /);
    expect(call?.json).toEqual({ model: 'upstream-model', messages });
    expect((await world.gate()).holds).toEqual([]);
    expect(world.finals).toEqual([]);
  });

  it.each<[string, object, UpstreamScript]>([
    ['a model that speaks another dialect', {}, good],
    ['an endpoint that does not count', { dialects: ['messages'] }, (call) => call.answer(404, { error: {} })],
    ['an endpoint that is away', { dialects: ['messages'] }, (call) => call.reset()],
    ['an endpoint that tells nonsense', { dialects: ['messages'] }, (call) => call.answer(200, { input_tokens: -1 })],
  ])('is estimated, and says so, for %s', async (_name, options, script) => {
    world = await EdgeWorld.open(options);
    world.alpha.play(script);
    const answer = await ask({ ...body, system: 'word '.repeat(1000) }, path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-apilink-token-count')).toBe('estimated');
    const { input_tokens: tokens } = Object(JSON.parse(answer.body));
    expect(tokens).toBeGreaterThan(900);
    expect(tokens).toBeLessThan(1500);
  });

  it.each<[string, object, object, number]>([
    ['without a balance', { postedNanoUsd: 0n }, {}, 200],
    ['with a prompt that is longer than the context', {}, { system: 'word '.repeat(200_000) }, 200],
    ['for a model that there is not', {}, { model: 'none' }, 404],
    ['for a model that the key may not use', { key: { models: [] } }, {}, 403],
    ['without messages', {}, { messages: undefined }, 400],
  ])('answers %s with the right status', async (_name, options, members, status) => {
    world = await EdgeWorld.open(options);
    expect((await ask({ ...body, ...members }, path)).status).toBe(status);
  });

  it('needs a key like every other call', async () => {
    world = await EdgeWorld.open();
    const answer = await (await world.client()).post(path, 'none', { model: MODEL, messages }).answer();
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body)).toMatchObject({ type: 'error', error: { type: 'authentication_error' } });
  });
});
