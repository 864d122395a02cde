import type { LookupFunction } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';

import { CallRecorder, LoopbackUpstreams } from './misbehaving-upstream.js';
import { UndiciUpstreamClient } from './undici-upstream-client.js';
import type { UpstreamRequest } from './upstream-client.js';

const upstreams = new LoopbackUpstreams();
const clients: UndiciUpstreamClient[] = [];

afterEach(async () => {
  await upstreams.close();
  for (const opened of clients.splice(0)) await opened.close();
});

function client(lookup?: LookupFunction): UndiciUpstreamClient {
  const opened = new UndiciUpstreamClient(lookup === undefined ? {} : { lookup });
  clients.push(opened);
  return opened;
}

function request(baseUrl: string, change: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    baseUrl,
    path: '/chat/completions',
    headers: ['content-type', 'application/json'],
    body: [Buffer.from('{"a":'), Buffer.from('1}')],
    timeouts: { connectMs: 3000, firstByteMs: 3000, idleMs: 3000 },
    allowPrivateAddress: true,
    ...change,
  };
}

async function run(
  baseUrl: string,
  change: Partial<UpstreamRequest> = {},
  through: UndiciUpstreamClient = client(),
): Promise<CallRecorder> {
  const recorder = new CallRecorder();
  through.dispatch(request(baseUrl, change), recorder);
  await recorder.over;
  return recorder;
}

describe('the address guard of UndiciUpstreamClient', () => {
  it('refuses addresses that are not public unless the endpoint may reach them', async () => {
    const origin = await upstreams.http((_incoming, response) => response.end('secret'));
    const { port } = new URL(origin);
    const hosts = [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '2130706433',
      '169.254.169.254',
      '10.0.0.1',
    ];
    for (const host of hosts) {
      const recorder = await run(`http://${host}:${port}`, { allowPrivateAddress: false });
      expect([host, recorder.failure]).toEqual([host, { class: 'connect_error', code: 'PRIVATE_ADDRESS' }]);
    }
  });

  it('does not lend a connection of an endpoint that may reach private addresses to one that may not', async () => {
    const origin = await upstreams.http((_incoming, response) => response.end('secret'));
    const shared = client();
    const allowed = new CallRecorder();
    shared.dispatch(request(origin), allowed);
    await allowed.over;
    const refused = new CallRecorder();
    shared.dispatch(request(origin, { allowPrivateAddress: false }), refused);
    await refused.over;
    expect(allowed.text).toBe('secret');
    expect(refused.failure?.code).toBe('PRIVATE_ADDRESS');
  });

  it('looks at the address that is connected to, so a name that is rebound to a private one is refused', async () => {
    let answers = 0;
    const rebound: LookupFunction = (_hostname, _options, callback) => {
      answers++;
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    const recorder = new CallRecorder();
    client(rebound).dispatch(request('http://rebound.example:1', { allowPrivateAddress: false }), recorder);
    await recorder.over;
    expect(recorder.failure).toEqual({ class: 'connect_error', code: 'PRIVATE_ADDRESS' });
    expect(answers).toBe(1);
  });
});
