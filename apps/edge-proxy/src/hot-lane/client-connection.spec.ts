import { Socket } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, MODEL } from '../rig/edge-world.factory.contract.js';
import type { RawClient } from '../rig/raw-client.factory.contract.js';
import { AddressConnections } from './address-connections.domain.js';
import { ClientConnections } from './client-connection.entity.js';

describe('connections of one address', () => {
  it('are as many as allowed, however many requests each carries, and a closed one makes room', async () => {
    const connections = new ClientConnections(new AddressConnections(1));
    const [first, second] = [new Socket(), new Socket()];
    expect(connections.of(first).isWelcome).toBe(true);
    expect(connections.of(first).isWelcome).toBe(true);
    expect(connections.of(second).isWelcome).toBe(false);
    const closed = new Promise((resolve) => {
      first.once('close', resolve);
    });
    first.destroy();
    await closed;
    expect(connections.of(new Socket()).isWelcome).toBe(true);
    expect(connections.of(second).isWelcome).toBe(false);
  });
});

describe('pipelined requests', () => {
  let world: EdgeWorld;
  afterEach(async () => world.close());

  const body = { model: MODEL, stream: true, max_tokens: 50, messages: [{ role: 'user', content: 'Hello' }] };
  const post = (client: RawClient): RawClient => client.post('/v1/chat/completions', world.apiKey, body);

  it('are answered one after the other: one that breaks never ends the one before it', async () => {
    world = await EdgeWorld.open();
    world.alpha.play(
      (call) => call.head().text('first'),
      (call) => {
        call.head().text('second');
        call.cut();
      },
    );
    const arriving = world.alpha.nextCall();
    const client = post(post(await world.client()));
    const call = await arriving;
    await client.until('first');
    expect(world.alpha.calls).toHaveLength(1);
    call.finish().usage(7, 1).done();
    await client.ended();
    expect((await world.final(1)).outcome).toBe('completed');
    expect((await world.final(2)).outcome).toBe('upstream_error_partial');
    expect(client.received.indexOf('[DONE]')).toBeLessThan(client.received.indexOf('second'));
  });

  it('behind a client that has gone cost nothing, and leave nothing to wait for', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('first'));
    const client = await world.client();
    for (let count = 0; count < 5; count++) post(client);
    await client.until('first');
    client.reset();
    expect((await world.final()).outcome).toBe('client_disconnect');
    await world.application.drain(60_000);
    expect(world.finals).toHaveLength(1);
    expect(world.alpha.calls).toHaveLength(1);
    expect(await world.application.metrics()).toMatch(/^apilink_edge_inflight_requests\{[^}]*\} 0$/m);
  });

  it('end the connection when there are too many', async () => {
    world = await EdgeWorld.open();
    world.alpha.play((call) => call.head().text('first'));
    const client = await world.client();
    for (let count = 0; count < 20; count++) post(client);
    await client.ended();
    expect(world.alpha.calls.length).toBeLessThanOrEqual(1);
  });
});

describe('a refused request whose body is still coming', () => {
  let world: EdgeWorld;
  afterEach(async () => world.close());

  it('gets its answer, however much it has yet to send', async () => {
    world = await EdgeWorld.open();
    const client = await world.client();
    const length = 40 * 1024 * 1024;
    client.post('/v1/chat/completions', world.apiKey, '', { 'content-length': String(length) });
    client.socket.pause();
    client.send(Buffer.alloc(length, 97));
    await new Promise((resolve) => {
      client.socket.once('drain', resolve);
    });
    client.socket.resume();
    const answer = await client.answer();
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([413, 'body_too_large']);
    await client.ended();
  });
});
