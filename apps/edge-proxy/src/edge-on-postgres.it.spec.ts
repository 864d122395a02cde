import { eventLogMigrations, PostgresEventLog } from '@apilink/events';
import { gateMigrations, PostgresHoldStore } from '@apilink/holds';
import { migrate } from '@apilink/postgres';
import { createTestDatabase, type TestDatabase } from '@apilink/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, OUTPUT_NANO_USD } from './rig/edge-world.factory.contract.js';

let database: TestDatabase;
let log: PostgresEventLog;
let store: PostgresHoldStore;
let world: EdgeWorld;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await migrate({ url: database.urlFor('gate_owner'), schema: 'gate', migrations: gateMigrations });
  await migrate({ url: database.urlFor('event_log_owner'), schema: 'event_log', migrations: eventLogMigrations });
  const billing = await database.database('billing_app', { poolMax: 8 });
  log = new PostgresEventLog(billing);
  store = new PostgresHoldStore(billing);
  world = await EdgeWorld.open({
    store,
    eventLog: log,
    opensPorts: true,
    postedNanoUsd: 10_000_000n,
    env: { DATABASE_URL: database.urlFor('edge_app') },
  });
});
afterEach(async () => {
  await world.close();
  await log.close();
  await store.close();
});
afterAll(async () => database.drop());

describe('an edge on the embedded gate and event log', () => {
  it('admits, relays, settles and publishes with the rights of its own role alone', async () => {
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    const answer = await (await world.chat({ max_tokens: 100 })).answer();
    expect(answer.body).toContain('"cost_nano_usd":"17000"');
    const final = await world.final();
    expect(final).toMatchObject({ outcome: 'completed', chargeNanoUsd: 7_000n + OUTPUT_NANO_USD });
    expect((await world.gate()).holds.filter((hold) => !hold.final)).toEqual([]);

    world.alpha.play((call) => call.head().text('Hi'));
    const clients = await Promise.all(Array.from({ length: 30 }, async () => world.chat({ max_tokens: 100 })));
    await Promise.all(clients.map(async (client) => client.until('\r\n\r\n')));
    const admitted = clients.filter((client) => client.received.startsWith('HTTP/1.1 200')).length;
    const { balance, heldNanoUsd } = await world.gate();
    expect(admitted).toBeGreaterThan(5);
    expect(admitted).toBeLessThan(30);
    expect(heldNanoUsd).toBeLessThanOrEqual(balance.postedNanoUsd);
    for (const client of clients) client.reset();
    await world.final(1 + admitted);
    const disconnects = world.finals.slice(1);
    expect(disconnects.every((event) => event.outcome === 'client_disconnect')).toBe(true);
    expect(disconnects.every((event) => event.chargeNanoUsd === event.finalHoldNanoUsd)).toBe(true);
  });
});
