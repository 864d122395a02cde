import { connect } from 'node:net';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { auditDifferences, Customer, generationOf } from './customer.js';
import { freePort, Instance } from './instance.js';
import { answering, refusing, Wall, type WallScript } from './wall.js';

const MODEL = 'acme/echo-1';
const messages = [{ role: 'user', content: 'hi' }];

describe('another endpoint of the family answers when one fails before the first byte', () => {
  let healthy: Wall;
  let broken: Wall;
  let instance: Instance;
  let customer: Customer;

  beforeAll(async () => {
    healthy = await Wall.start();
    broken = await Wall.start();
    const deadPort = await freePort();
    const timeouts = '{ connect: 1s, firstToken: 1s, idle: 2s, answer: 2s }';
    instance = await Instance.start({
      configuration: catalogOf([
        {
          id: MODEL,
          timeouts,
          // The broken one is cheaper by far, so that it is (nearly always) tried first.
          endpoints: [
            { baseUrl: healthy.baseUrl, upstreamModel: 'good', output: '9' },
            { baseUrl: broken.baseUrl, upstreamModel: 'bad', output: '0.1' },
          ],
        },
        {
          id: 'acme/unreachable',
          endpoints: [
            { baseUrl: healthy.baseUrl, upstreamModel: 'good', output: '9' },
            { baseUrl: `http://127.0.0.1:${deadPort}/v1`, upstreamModel: 'x', output: '0.1' },
          ],
        },
      ]),
      environment: wallEnvironment,
    });
    await new Promise<void>((resolve) => connect(deadPort, '127.0.0.1').on('error', () => resolve()));
    customer = await Customer.create(instance, '10');
    healthy.script('good', answering({ tokens: 3 }));
  }, 120_000);

  afterEach(async () => {
    expect(await auditDifferences(instance)).toEqual([]);
  });

  afterAll(async () => {
    await instance.dispose();
    await healthy.stop();
    await broken.stop();
  }, 60_000);

  const faults: [string, WallScript][] = [
    ['503', refusing(503, { error: { message: 'down' } })],
    ['429', refusing(429, { error: { message: 'slow down' } }, { 'retry-after': '20' })],
    ['a reset before the head', (_call, request) => void request.socket.resetAndDestroy()],
    ['silence', () => new Promise<void>(() => undefined)],
    ['HTML with status 200', refusing(200, '<html>captive portal</html>')],
    ['an error object with status 200', refusing(200, { error: { message: 'quota' } })],
  ];

  it.each(faults)('%s: the client gets the whole answer and pays for one', async (_what, fault) => {
    broken.script('bad', fault);
    for (const stream of [true, false]) {
      const before = broken.calls.length;
      const response = await customer.chat({ model: MODEL, stream, max_tokens: 50, messages });
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text).toContain(stream ? '[DONE]' : '"finish_reason":"stop"');
      expect(text).toContain(`"model":"${MODEL}"`);
      const receipt = await customer.receipt(generationOf(response));
      expect(receipt).toMatchObject({ outcome: 'completed', charge_nano_usd: '27000' });
      const tried = broken.calls.length - before;
      expect(receipt.attempts).toHaveLength(tried + 1);
    }
  });

  it('a connection refused: the next endpoint answers', async () => {
    const response = await customer.chat({ model: 'acme/unreachable', stream: true, max_tokens: 50, messages });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('[DONE]');
  });
});
