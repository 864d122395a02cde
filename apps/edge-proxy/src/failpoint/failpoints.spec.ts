import { readFileSync } from 'node:fs';

import { noFailpoints, type Failpoints } from '@apilink/service';
import { UndiciUpstreamClient } from '@apilink/providers';
import { afterEach, describe, expect, it } from '@jest/globals';

import { EdgeWorld } from '../rig/edge-world.factory.contract.js';
import { FlakyLog, untilSpooled } from '../rig/flaky-log.factory.contract.js';
import { withFailpoints } from './dispatched-upstream.client.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

let world: EdgeWorld | null = null;

afterEach(async () => world?.close());

function recorded(): { readonly points: string[]; readonly failpoints: Failpoints } {
  const points: string[] = [];
  return { points, failpoints: { reach: (point) => void points.push(point) } };
}

describe('the failpoints of the edge', () => {
  it('are reached in the order of a request, and the README lists them', async () => {
    const { points, failpoints } = recorded();
    world = await EdgeWorld.open({ failpoints });
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    await (await world.chat()).answer();
    await world.final();
    while (!points.includes('usage.published')) await world.get('/api/hello');
    expect(points).toEqual(['admission.granted', 'relay.dispatched', 'settlement.resized', 'usage.published']);
    for (const point of [...points, 'spool.written']) expect(readme).toContain(`\`${point}\``);
  });

  it('have one for events that are on the disk', async () => {
    const { points, failpoints } = recorded();
    const flaky = new FlakyLog();
    world = await EdgeWorld.open({ failpoints, eventLog: flaky.log });
    world.alpha.play((call) => call.head().text('Hi').finish().usage(7, 1).done());
    flaky.isAway = true;
    await (await world.chat()).answer();
    await untilSpooled(world);
    expect(points.at(-1)).toBe('spool.written');
  });

  it('cost a request nothing when none is named', async () => {
    const upstream = new UndiciUpstreamClient();
    expect(withFailpoints(upstream, noFailpoints)).toBe(upstream);
    await upstream.close();
  });
});
