import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld } from '../rig/edge-world.factory.contract.js';
import type { UpstreamScript } from '../rig/scripted-upstream.factory.contract.js';

let world: EdgeWorld;

afterEach(async () => world.close());

const good: UpstreamScript = (call) => call.head().text('rescued').finish().usage(7, 1).done();
const failures: [string, UpstreamScript, string][] = [
  ['a reset before the head', (call) => call.reset(), 'reset'],
  ['a 503', (call) => call.answer(503, 'away'), 'server_error'],
  ['a 429', (call) => call.answer(429, { error: { message: 'slow down' } }), 'rate_limited'],
  ['a 404 of the upstream', (call) => call.answer(404, { error: { message: 'no such model' } }), 'server_error'],
  [
    'an HTML page with status 200',
    (call) => call.answer(200, '<html></html>', { 'content-type': 'text/html' }),
    'malformed',
  ],
  [
    'a JSON error with status 200',
    (call) => call.answer(200, { error: { message: 'oops', type: 'server_error' } }),
    'server_error',
  ],
  [
    'an error event before content',
    (call) =>
      call
        .head()
        .event({ error: { message: 'oops' } })
        .end(),
    'server_error',
  ],
  [
    'a cut after the role chunk',
    (call) => {
      call
        .head()
        .event({ id: 'chatcmpl-0', choices: [{ index: 0, delta: { role: 'assistant' }, finish_reason: null }] });
      call.cut();
    },
    'cut',
  ],
];

describe('failover before the first content', () => {
  it.each(failures)('goes to the next endpoint after %s, unseen by the client', async (_name, script, attemptClass) => {
    world = await EdgeWorld.open();
    world.alpha.play(script);
    world.beta.play(good);
    const answer = await (await world.chat()).answer();
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('rescued');
    expect(answer.body).toContain('[DONE]');
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'completed', answeredBy: { endpointId: 'beta/acme/echo-1' } });
    expect(final.attempts.map((attempt) => [attempt.provider, attempt.class])).toEqual([
      ['alpha', attemptClass],
      ['beta', 'ok'],
    ]);
  });

  it('goes to the next endpoint when nobody listens', async () => {
    world = await EdgeWorld.open();
    await world.alpha.close();
    world.beta.play(good);
    expect((await (await world.chat()).answer()).body).toContain('rescued');
    expect((await world.final()).attempts[0]?.class).toBe('connect_error');
  });

  it('goes to the next endpoint when the first token is late', async () => {
    world = await EdgeWorld.open({ timeouts: { firstTokenMs: 40 } });
    const arriving = world.alpha.nextCall();
    world.beta.play(good);
    const client = await world.chat();
    const late = await arriving;
    expect((await client.answer()).body).toContain('rescued');
    await late.closed;
    expect((await world.final()).attempts[0]?.class).toBe('first_token_timeout');
  });

  it('goes on after a keep-alive has committed the status', async () => {
    world = await EdgeWorld.open({ timeouts: { firstTokenMs: 80 }, relay: { commitMs: 20 } });
    world.beta.play(good);
    const answer = await (await world.chat()).answer();
    expect(answer.body.indexOf(': APILINK PROCESSING')).toBeGreaterThanOrEqual(0);
    expect(answer.body.indexOf('rescued')).toBeGreaterThan(answer.body.indexOf(': APILINK PROCESSING'));
    expect(answer.headers.get('x-apilink-provider')).toBe('alpha');
  });

  it('tells an error in the stream when all fail after the keep-alive', async () => {
    world = await EdgeWorld.open({ timeouts: { firstTokenMs: 30 }, relay: { commitMs: 5 } });
    const client = await world.chat();
    await client.ended();
    expect(client.received).toContain(': APILINK PROCESSING');
    expect(client.received).toContain('server_is_overloaded');
    expect(client.received).not.toContain('[DONE]');
    expect((await world.final()).outcome).toBe('upstream_error_no_output');
  });

  it('rescues an answer that is not streamed', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.answer(502, 'bad gateway'));
    world.beta.play((call) =>
      call.answer(200, {
        choices: [{ index: 0, message: { role: 'assistant', content: 'rescued' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      }),
    );
    expect((await (await world.chat({ stream: false })).answer()).body).toContain('rescued');
  });

  it('sends keep-alive comments while an answer is silent', async () => {
    world = await EdgeWorld.open({ relay: { keepAliveMs: 20 } });
    world.alpha.play((call) => call.head().text('Hello'));
    const client = await world.chat();
    await client.until('Hello');
    await client.until(': APILINK PROCESSING');
    client.close();
    expect((await world.final()).outcome).toBe('client_disconnect');
  });
});
