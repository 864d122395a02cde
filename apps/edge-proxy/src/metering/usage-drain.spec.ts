import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { usageFinalSchema } from '@apilink/contracts';
import { createLogger } from '@apilink/service';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld, type WorldOptions } from '../rig/edge-world.factory.contract.js';
import { diskOf, FlakyLog, spooledBytes } from '../rig/flaky-log.factory.contract.js';
import type { SegmentFile } from '../spool/spool.repository.js';

let worlds: EdgeWorld[] = [];
let dataDir = '';

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'edge-'));
});

afterEach(async () => {
  for (const world of worlds) await world.close();
  worlds = [];
  await rm(dataDir, { recursive: true, force: true });
});

async function open(options: WorldOptions): Promise<EdgeWorld> {
  const world = await EdgeWorld.open({ dataDir, ...options });
  worlds.push(world);
  world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
  return world;
}

async function noDisk(): Promise<SegmentFile> {
  throw new Error('no disk');
}

describe('a drain while the log is away', () => {
  interface HandedOver {
    readonly events: readonly { readonly id: string; readonly type: string; readonly body: string }[];
  }

  /** Settled requests whose events the log did not take. */
  async function withWaiting(
    count: number,
    options: WorldOptions = {},
  ): Promise<{ world: EdgeWorld; handed: HandedOver[] }> {
    const flaky = new FlakyLog();
    const world = await open({ eventLog: flaky.log, ...options });
    flaky.isAway = true;
    for (let time = 0; time < count; time++) await (await world.chat()).answer();
    const handed: HandedOver[] = [];
    world.billing.answer = (path, body) => {
      if (path !== '/internal/v1/usage-handovers') return { status: 404 };
      const request: HandedOver = JSON.parse(body);
      handed.push(request);
      return { status: 200, body: { settled: request.events.length, refused: [] } };
    };
    return { world, handed };
  }

  it('hands the events over to billing, with a service token, and leaves nothing behind', async () => {
    const { world, handed } = await withWaiting(2);
    await world.application.drain(1000);
    const finals = handed.flatMap(({ events }) => events.map(({ body }) => usageFinalSchema.parse(JSON.parse(body))));
    expect(finals.map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
    expect(new Set(finals.map(({ generationId }) => generationId)).size).toBe(2);
    expect(world.billing.tokens).toContain(`Bearer ${'x'.repeat(32)}`);
    expect(await spooledBytes(world)).toBe(0);
  });

  it('hands over what the disk did not take either', async () => {
    const { world, handed } = await withWaiting(1, { tuning: { openSegment: noDisk } });
    await world.application.drain(1000);
    expect(handed.flatMap(({ events }) => events)).toHaveLength(1);
  });

  it('asks again until billing answers, within the deadline', async () => {
    const { world, handed } = await withWaiting(2);
    const settle = world.billing.answer;
    let failures = 0;
    world.billing.answer = (path, body) => (failures++ < 3 ? { status: 503 } : settle(path, body));
    await world.application.drain(5000);
    expect(handed.flatMap(({ events }) => events)).toHaveLength(2);
    expect(failures).toBeGreaterThan(3);
  });

  it('rejects when billing is away too, and the next process with its folder settles them once', async () => {
    const { world } = await withWaiting(2);
    world.billing.answer = () => ({ status: 503 });
    await expect(world.application.drain(20)).rejects.toThrow(/stay in the spool.*APILINK_DATA_DIR/);
    expect(await spooledBytes(world)).toBeGreaterThan(0);
    const next = await open({ dataDir: await diskOf(world) });
    await next.final(2);
    expect(new Set(next.finals.map(({ generationId }) => generationId)).size).toBe(2);
  });

  it('keeps what billing refuses in the spool, says so, and ends with an error', async () => {
    const lines: string[] = [];
    const logger = createLogger({ name: 'edge-proxy', destination: { write: (line) => void lines.push(line) } });
    const { world } = await withWaiting(2, { logger });
    let refusedId = '';
    world.billing.answer = (_path, body) => {
      const { events }: HandedOver = JSON.parse(body);
      refusedId = events[0]?.id ?? '';
      return { status: 200, body: { settled: 1, refused: [{ id: refusedId, reason: 'unknown account' }] } };
    };
    await expect(world.application.drain(1000)).rejects.toThrow('billing refuses 1 usage events');
    expect(lines.some((line) => line.includes(refusedId) && line.includes('unknown account'))).toBe(true);
    const next = await open({ dataDir: await diskOf(world) });
    await next.final();
    while ((await spooledBytes(next)) > 0) await next.get('/api/hello');
    expect(next.finals).toHaveLength(1);
  });

  it('rejects when neither log, billing nor disk took them', async () => {
    const { world } = await withWaiting(1, { tuning: { openSegment: noDisk } });
    world.billing.answer = () => ({ status: 500 });
    await expect(world.application.drain(20)).rejects.toThrow(
      'neither in the event log nor with billing nor on the disk',
    );
  });
});
