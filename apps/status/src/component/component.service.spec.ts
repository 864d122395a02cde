import { ManualClock } from '@apilink/testing';
import { describe, expect, it } from '@jest/globals';

import { STALE_MS } from './board.domain.js';
import { SILENCE_MS, type EndpointNews } from './component.domain.js';
import { ComponentService } from './component.service.js';

function heard(clock: ManualClock, changes: Partial<EndpointNews> = {}): EndpointNews {
  const figures = { uptime30m: 1, firstTokenP50Ms: 200, isIdle: false };
  return { endpointId: 'alpha/acme/echo-1', circuit: 'closed', heardAt: clock.now(), ...figures, ...changes };
}

describe('the board', () => {
  it('tells each change once, and since when a status is so', () => {
    const clock = new ManualClock();
    const service = new ComponentService(clock.now);
    const began = clock.now();
    service.hear(heard(clock));
    expect(service.changes()).toEqual([{ componentId: 'acme/echo-1', status: 'operational', since: began }]);
    clock.advance(5_000);
    service.hear(heard(clock));
    expect(service.changes()).toEqual([]);
    expect(service.board().components[0]).toMatchObject({ status: 'operational', since: began });
    service.hear(heard(clock, { circuit: 'open' }));
    expect(service.changes()).toEqual([{ componentId: 'acme/echo-1', status: 'outage', since: clock.now() }]);
  });

  it('becomes unknown by silence alone, without anybody saying so', () => {
    const clock = new ManualClock();
    const service = new ComponentService(clock.now);
    service.hear(heard(clock));
    service.changes();
    clock.advance(SILENCE_MS + 1);
    expect(service.changes()).toMatchObject([{ status: 'unknown', since: clock.now() }]);
  });

  it('is stale since the event log was last seen, and fresh as soon as it answers again', () => {
    const clock = new ManualClock();
    const service = new ComponentService(clock.now);
    const started = clock.now();
    expect(service.board().staleSince).toBe(started);
    service.seeLog();
    const seen = clock.now();
    clock.advance(STALE_MS);
    expect(service.board().staleSince).toBeNull();
    clock.advance(1);
    expect(service.board().staleSince).toBe(seen);
    service.seeLog();
    expect(service.board().staleSince).toBeNull();
  });

  it('starts from what an earlier process knew, as unknown and stale since then', () => {
    const clock = new ManualClock();
    const before = new ComponentService(clock.now);
    before.hear(heard(clock));
    before.seeLog();
    before.changes();
    const seen = clock.now();
    clock.advance(3_600_000);
    const after = new ComponentService(clock.now);
    after.restore(before.memory());
    expect(after.board()).toMatchObject({ staleSince: seen, components: [{ status: 'unknown' }] });
    after.hear(heard(clock));
    after.restore(before.memory());
    expect(after.board().components).toMatchObject([{ status: 'operational' }]);
  });

  it('says that nobody calls a model when the router withdraws it, and lists none that it never heard of', () => {
    const clock = new ManualClock();
    const service = new ComponentService(clock.now);
    service.hear(heard(clock));
    service.hearIdle('alpha/acme/echo-1', clock.now());
    service.hearIdle('alpha/acme/echo-2', clock.now());
    expect(service.board().components).toMatchObject([{ status: 'unknown', endpoints: [{ isIdle: true }] }]);
  });

  it('takes a time of the history over only for the status that it still has', () => {
    const clock = new ManualClock();
    const service = new ComponentService(clock.now);
    service.hear(heard(clock));
    service.changes();
    service.correctSince({ componentId: 'acme/echo-1', status: 'outage', since: 1 });
    expect(service.board().components[0]?.since).toBe(clock.now());
    service.correctSince({ componentId: 'acme/echo-1', status: 'operational', since: 1 });
    expect(service.board().components[0]?.since).toBe(1);
  });
});
