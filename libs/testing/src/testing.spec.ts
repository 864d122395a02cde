import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeWireId } from '@apilink/contracts';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { holdOpened, rateCard, usageFinal } from './contract-builders.js';
import { failOnce } from './fail-once.js';
import { ManualClock } from './manual-clock.js';
import { TcpProxy } from './tcp-proxy.js';
import { testId } from './test-ids.js';

describe('builders', () => {
  it('build what the contracts accept, and refuse what they do not', () => {
    expect(usageFinal({ outcome: 'client_disconnect' })).toMatchObject({ outcome: 'client_disconnect', stream: true });
    expect(holdOpened().generationId).toBe(usageFinal().generationId);
    expect(() => rateCard({ rows: [] })).toThrow('>=1');
    expect(() => usageFinal({ chargeNanoUsd: -1n })).toThrow('chargeNanoUsd');
  });

  it('number ids so that they sort as their numbers do', () => {
    const wire = [1, 2, 31, 32, 4_096].map((number) => encodeWireId('acc', testId.account(number)));
    expect(wire.toSorted()).toEqual(wire);
  });
});

describe('ManualClock', () => {
  it('stands still until it is moved, forward only', () => {
    const clock = new ManualClock(1_000);
    clock.advance(5);
    expect(clock.now()).toBe(1_005);
    expect(() => clock.advance(-1)).toThrow('forward');
  });
});

describe('failOnce', () => {
  it('fails before the work, or after it with the answer lost, and never again', async () => {
    const done: number[] = [];
    const work = async (n: number) => done.push(n);
    const before = failOnce(work, new Error('away'));
    await expect(before(1)).rejects.toThrow('away');
    await before(2);
    const after = failOnce(work, new Error('lost'), 'after');
    await expect(after(3)).rejects.toThrow('lost');
    await after(4);
    expect(done).toEqual([2, 3, 4]);
  });
});

describe('TcpProxy', () => {
  let server: Server;
  let proxy: TcpProxy;

  beforeEach(async () => {
    server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    proxy = await TcpProxy.before(`tcp://127.0.0.1:${address.port}`);
  });
  afterEach(async () => {
    await proxy.close();
    server.close();
  });

  async function enter(): Promise<Socket> {
    const socket = connect(proxy.port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  }

  it('passes bytes both ways, and resets connections when it is cut', async () => {
    const socket = await enter();
    socket.write('hello');
    expect(String(await once(socket, 'data'))).toBe('hello');
    const failed = once(socket, 'error');
    proxy.cut();
    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  it('keeps bytes while it is paused, and passes them on afterwards', async () => {
    const socket = await enter();
    socket.write('one');
    await once(socket, 'data');
    proxy.pause();
    socket.write('two');
    const answer = once(socket, 'data');
    proxy.open();
    expect(String(await answer)).toBe('two');
    socket.destroy();
  });

  it('lets nobody in while it refuses', async () => {
    proxy.refuse();
    const socket = connect(proxy.port, '127.0.0.1');
    expect(await once(socket, 'error').catch((error: unknown) => [error])).toMatchObject([{ code: 'ECONNRESET' }]);
    proxy.open();
    const welcome = await enter();
    welcome.destroy();
  });
});
