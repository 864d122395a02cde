import { crc32 } from 'node:zlib';

import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, INPUT_NANO_USD, MODEL, OUTPUT_NANO_USD } from '../rig/edge-world.factory.contract.js';
import type { ReceivedAnswer } from '../rig/raw-client.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

const CHARGE = 7n * INPUT_NANO_USD + 3n * OUTPUT_NANO_USD;
const hi = { contents: [{ parts: [{ text: 'Hello' }] }] };
const path = `/v1beta/models/${encodeURIComponent(MODEL)}`;

async function ask(method: string, body: object = hi): Promise<ReceivedAnswer> {
  const client = await world.client();
  const headers = { authorization: '', 'x-goog-api-key': world.apiKey };
  return client.post(`${path}:${method}`, world.apiKey, body, headers).answer();
}

function answer(text: string, finishReason: string | null = null): object {
  const candidate = { content: { role: 'model', parts: [{ text }] }, index: 0 };
  return {
    candidates: [finishReason === null ? candidate : { ...candidate, finishReason }],
    usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 3, totalTokenCount: 10 },
    modelVersion: 'upstream-model',
    responseId: 'r1',
  };
}

/** A header of a message that is a text. */
function header(name: string, value: string): Buffer {
  const length = Buffer.from([7, value.length >> 8, value.length & 255]);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), length, Buffer.from(value)]);
}

/** A message of AWS's event stream: lengths, a checksum of them, headers, payload, a checksum of it all. */
function frame(type: string, payload: object): Buffer {
  const headers = Buffer.concat([header(':message-type', 'event'), header(':event-type', type)]);
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + headers.length + body.length, 0);
  prelude.writeUInt32BE(headers.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const all = Buffer.concat([prelude, headers, body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(all), 0);
  return Buffer.concat([all, checksum]);
}

describe('a call in Gemini’s dialect', () => {
  it('passes to an endpoint that speaks it, with a key in Google’s own header, and is charged by its usage', async () => {
    world = await EdgeWorld.open({ dialects: ['gemini'] });
    world.alpha.play((call) => call.head().event(answer('Hel')).event(answer('lo', 'STOP')).end());
    const told = await ask('streamGenerateContent?alt=sse');
    expect(told.status).toBe(200);
    expect(told.body).toContain(`"modelVersion":"${MODEL}"`);
    expect(told.body).toContain(`"cost_nano_usd":"${CHARGE}"`);
    const [call] = world.alpha.calls;
    expect(call?.headers).toContain('POST /v1/models/upstream-model:streamGenerateContent?alt=sse ');
    expect(call?.json).toMatchObject(hi);
    expect(await world.final()).toMatchObject({ outcome: 'completed', dialect: 'gemini', chargeNanoUsd: CHARGE });
  });

  it('is answered whole, and by a model whose endpoints speak chat alone', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) =>
      call.answer(200, {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: 'upstream-model',
        choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop', logprobs: null }],
        usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
      }),
    );
    const told = await ask('generateContent');
    expect(JSON.parse(told.body)).toMatchObject({
      candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 3, cost_nano_usd: String(CHARGE) },
    });
    expect(await world.final()).toMatchObject({ dialect: 'gemini', chargeNanoUsd: CHARGE });
  });

  it('is refused in Google’s form, by the path of what cannot be carried over', async () => {
    world = await EdgeWorld.open();
    const told = await ask('generateContent', { ...hi, cachedContent: 'cachedContents/1' });
    expect(told.status).toBe(400);
    expect(JSON.parse(told.body)).toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT' } });
    expect(told.body).toContain('cachedContent');
    expect(world.alpha.calls).toHaveLength(0);
  });

  it('goes to another endpoint when Google does not know our key, which it tells as a broken request', async () => {
    world = await EdgeWorld.open({ dialects: ['gemini'] });
    const details = [{ reason: 'API_KEY_INVALID' }];
    const error = { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT', details };
    world.alpha.play((call) => call.answer(400, { error }));
    world.beta.play((call) => call.answer(200, answer('Hi', 'STOP')));
    expect((await ask('generateContent')).status).toBe(200);
  });
});

describe('an endpoint that speaks Converse', () => {
  it('answers a chat call out of its event stream', async () => {
    world = await EdgeWorld.open({ dialects: ['converse'] });
    world.alpha.play((call) => {
      call.head(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      const usage = { inputTokens: 7, outputTokens: 3, totalTokens: 10 };
      const frames = Buffer.concat([
        frame('messageStart', { role: 'assistant' }),
        frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hi' } }),
        frame('contentBlockStop', { contentBlockIndex: 0 }),
        frame('messageStop', { stopReason: 'end_turn' }),
        frame('metadata', { usage }),
      ]);
      call.socket.write(`${frames.length.toString(16)}\r\n`);
      call.socket.write(frames);
      call.socket.write('\r\n');
      call.end();
    });
    const told = await (await world.chat()).answer();
    expect(told.body).toContain('"content":"Hi"');
    expect(told.body).toContain('"finish_reason":"stop"');
    expect(world.alpha.calls[0]?.headers).toContain('POST /v1/model/upstream-model/converse-stream ');
    expect(await world.final()).toMatchObject({ outcome: 'completed', dialect: 'chat', chargeNanoUsd: CHARGE });
  });
});
