import { topics, type EndpointState } from '@apilink/contracts';
import { decodeEvent, type LoggedEvent, type OutgoingEvent } from '@apilink/events';
import { createLogger } from '@apilink/service';
import { ManualClock } from '@apilink/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';

import { HealthService } from './health.service.js';

const ENDPOINT = 'alpha/acme/echo-1';
const logger = createLogger({ name: 'router', level: 'silent' });

/** A compacted topic that its followers hear at once. */
class Topic {
  readonly events: LoggedEvent[] = [];
  readonly #followers: ((event: LoggedEvent) => void)[] = [];

  readonly publish = async (events: readonly OutgoingEvent[]): Promise<void> => {
    for (const event of events) {
      const logged = { ...event, partition: 0, offset: BigInt(this.events.length) };
      this.events.push(logged);
      for (const hear of this.#followers) hear(logged);
    }
  };

  readonly follow = async (_topic: string, hear: (event: LoggedEvent) => void) => {
    this.#followers.push(hear);
    for (const event of this.events) hear(event);
    return { caughtUp: Promise.resolve(), stop: async () => undefined };
  };

  said(): readonly (EndpointState['circuit'] | 'withdrawn')[] {
    return this.events.map((event) => {
      const decoded = decodeEvent(topics.healthState, event);
      return decoded.outcome === 'event' ? decoded.body.circuit : 'withdrawn';
    });
  }
}

describe('routers that share the health of endpoints', () => {
  let clock: ManualClock;
  let topic: Topic;

  beforeEach(() => {
    clock = new ManualClock();
    topic = new Topic();
  });

  /** One without its timer: the test owns the clock. */
  async function router(): Promise<HealthService> {
    const service = new HealthService({ log: topic, logger, now: clock.now });
    await topic.follow('', (event) => service.hear(event));
    return service;
  }

  function report(service: HealthService, outcome: 'ok' | 'server_error', count = 6): void {
    const counts = { [outcome]: count };
    const figures = { firstTokenMs: [], outputTokens: 0, outputMs: 0 };
    service.record({ endpointId: ENDPOINT, edgeId: 'edge', second: clock.now(), counts, ...figures });
  }

  it('repeat what has not changed, so that silence means that nobody says so any more', async () => {
    const one = await router();
    report(one, 'ok');
    for (let second = 0; second < 60; second++) {
      await one.publishChanges();
      clock.advance(1_000);
    }
    expect(topic.said()).toEqual(['closed', 'closed', 'closed']);
  });

  it('leave an endpoint to the one that edges report it to, and withdraw nothing that the other speaks of', async () => {
    const [old, young] = [await router(), await router()];
    report(old, 'server_error');
    await old.publishChanges();
    clock.advance(60_000);
    report(young, 'ok');
    await young.publishChanges();
    expect(topic.said()).toEqual(['open', 'closed']);
    for (let minute = 0; minute < 40; minute++) {
      clock.advance(60_000);
      report(young, 'ok');
      await Promise.all([young.publishChanges(), old.publishChanges()]);
    }
    expect(new Set(topic.said().slice(1))).toEqual(new Set(['closed']));
  });

  it('agree on the one that was told last, although nobody calls the endpoint any more', async () => {
    const [old, young] = [await router(), await router()];
    report(old, 'ok');
    await old.publishChanges();
    clock.advance(1_000);
    report(young, 'server_error');
    await young.publishChanges();
    for (let minute = 0; minute < 25; minute++) {
      clock.advance(60_000);
      await Promise.all([old.publishChanges(), young.publishChanges()]);
    }
    expect(topic.said().slice(0, 3)).toEqual(['closed', 'open', 'half-open']);
    expect(new Set(topic.said().slice(2))).toEqual(new Set(['half-open']));
    expect(old.stateOf(ENDPOINT)).toBeNull();
  });

  it('correct at once what another one says of an endpoint that is theirs', async () => {
    const one = await router();
    report(one, 'server_error');
    await one.publishChanges();
    const [word] = topic.events;
    if (!word) throw new Error('nothing was said');
    await topic.publish([{ ...word, headers: { said_by: 'another', reported_second: '1' }, body: null }]);
    clock.advance(1_000);
    await one.publishChanges();
    expect(topic.said()).toEqual(['open', 'withdrawn', 'open']);
  });

  it('withdraw what a dead one has said and nobody calls', async () => {
    const dead = await router();
    report(dead, 'server_error');
    await dead.publishChanges();
    const living = await router();
    clock.advance(5 * 60_000);
    await living.publishChanges();
    expect(topic.said()).toEqual(['open']);
    clock.advance(1_000);
    await living.publishChanges();
    await living.publishChanges();
    expect(topic.said()).toEqual(['open', 'withdrawn']);
  });
});
