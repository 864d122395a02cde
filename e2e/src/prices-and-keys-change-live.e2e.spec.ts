import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { auditDifferences, Customer, generationOf } from './customer.js';
import { eventually, Instance } from './instance.js';
import { answering, Wall } from './wall.js';

const MODEL = 'acme/echo-1';
const messages = [{ role: 'user', content: 'hi' }];

describe('prices, keys and configuration change while requests run', () => {
  let wall: Wall;
  let instance: Instance;

  function priced(output: string): string {
    return catalogOf([{ id: MODEL, output, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'scripted' }] }]);
  }

  beforeAll(async () => {
    wall = await Wall.start();
    instance = await Instance.start({ configuration: priced('1'), environment: wallEnvironment });
  }, 120_000);

  afterEach(async () => {
    expect(await auditDifferences(instance)).toEqual([]);
  });

  afterAll(async () => {
    await instance.dispose();
    await wall.stop();
  }, 60_000);

  it('a new price is in force within 2 s; a running hold is charged at the version it pinned', async () => {
    const customer = await Customer.create(instance, '5');
    const finish = Promise.withResolvers<void>();
    wall.script('scripted', answering({ tokens: 10, beforeFinish: finish.promise }));
    const running = await customer.chat({ model: MODEL, stream: true, max_tokens: 100, messages });
    const changedAt = Date.now();
    instance.configure(priced('3'));
    await eventually(
      'the new price holds',
      async () => {
        wall.script('scripted', answering({ tokens: 1 }));
        const probe = await customer.chat({ model: MODEL, max_tokens: 100, messages });
        await probe.text();
        return probe.headers.get('x-apilink-hold-usd') === '0.000300000' ? true : null;
      },
      5000,
    );
    expect(Date.now() - changedAt).toBeLessThan(2500);
    finish.resolve();
    await running.text();
    expect(await customer.receipt(generationOf(running))).toMatchObject({ charge_nano_usd: '10000' });
  });

  it('a bad change of the file is refused with its line, and the old one stays', async () => {
    const customer = await Customer.create(instance, '1');
    wall.script('scripted', answering({ tokens: 1 }));
    instance.configure('providers:\n  - id: [\n');
    await eventually('the refusal is told', async () =>
      /apilink\.yaml.*line \d+/i.test(instance.printed) ? true : null,
    );
    const response = await customer.chat({ model: MODEL, max_tokens: 5, messages });
    expect(response.status).toBe(200);
    await response.text();
    instance.configure(priced('3'));
  });

  it('a revoked key is refused in less than 2 s', async () => {
    const customer = await Customer.create(instance, '1');
    wall.script('scripted', answering({ tokens: 1 }));
    await (await customer.chat({ model: MODEL, max_tokens: 5, messages })).text();
    expect((await instance.apilink('key', 'revoke', customer.keyId)).exitCode).toBe(0);
    await eventually(
      'the key is refused',
      async () => {
        const response = await customer.chat({ model: MODEL, max_tokens: 5, messages });
        const text = await response.text();
        return response.status === 401 && text.includes('revoked_api_key') ? true : null;
      },
      2000,
    );
  });

  it('a cap lowered below what is spent refuses in less than 2 s', async () => {
    const customer = await Customer.create(instance, '1');
    wall.script('scripted', answering({ tokens: 10 }));
    await (await customer.chat({ model: MODEL, max_tokens: 10, messages })).text();
    await customer.settled();
    expect((await instance.apilink('key', 'update', customer.keyId, '--monthly-cap-usd', '0.00001')).exitCode).toBe(0);
    await eventually(
      'the cap refuses',
      async () => {
        const response = await customer.chat({ model: MODEL, max_tokens: 10, messages });
        await response.text();
        return response.status === 402 ? true : null;
      },
      2000,
    );
  });
});
