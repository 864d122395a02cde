import { describe, expect, it } from '@jest/globals';
import { healthTuning } from '@apilink/routing';

import { EventQueue } from './simulator/event-queue.mjs';
import { faultKinds } from './simulator/faults.mjs';
import { seededRandom } from './simulator/random.mjs';
import { simulate } from './simulator/simulate.mjs';

const endpoints = [1, 1.2, 2].map((price, index) => ({ endpointId: `provider-${index}`, price }));

function day(kinds, more = {}) {
  return simulate({
    endpoints,
    faults: (random, count, untilMs) => kinds.flatMap((kind) => faultKinds[kind](random, count, untilMs)),
    hours: 6,
    perSecond: 2,
    edges: 2,
    seed: 7,
    tuning: healthTuning,
    ...more,
  });
}

describe('the simulation of routing', () => {
  it('is the same day for the same seed, and another one for another', () => {
    expect(day(['outages', 'limits'])).toEqual(day(['outages', 'limits']));
    expect(day(['outages', 'limits'], { seed: 8 })).not.toEqual(day(['outages', 'limits']));
  });

  it('meets the same arrivals whatever the constants are, so that their lines can be compared', () => {
    const never = { ...healthTuning, consecutiveToOpen: 1_000_000, requestsToOpen: 1_000_000 };
    expect(day(['outages'], { tuning: never }).requests).toBe(day(['outages']).requests);
  });

  it.each(Object.keys(faultKinds))('loses next to nothing that somebody could have answered: %s', (kind) => {
    const { requests, missed, succeeded, possible } = day([kind]);
    expect(requests).toBeGreaterThan(40_000);
    expect(missed).toBeLessThan(0.0005);
    expect(succeeded).toBeGreaterThan(possible - 0.002);
  });

  it('shows what circuits are for: without them every request tries the broken endpoint first', () => {
    const never = { ...healthTuning, consecutiveToOpen: 1_000_000, requestsToOpen: 1_000_000 };
    const down = { endpoint: 0, from: 0, to: 6 * 3_600_000, failureShare: 1, class: 'connect_error' };
    const faults = () => [{ ...down, latencyFactor: 1, capacity: Infinity }];
    expect(day([], { faults, tuning: never }).attemptsPerRequest).toBeGreaterThan(1.4);
    expect(day([], { faults }).attemptsPerRequest).toBeLessThan(1.1);
  });

  it('pays close to the cheapest endpoint that could answer', () => {
    expect(day([]).priceOverBest).toBeLessThan(1.3);
  });
});

describe('EventQueue', () => {
  it('gives what was pushed in the order of its time', () => {
    const random = seededRandom(3);
    const queue = new EventQueue();
    const times = Array.from({ length: 5_000 }, () => Math.floor(random() * 1_000));
    for (const at of times) queue.push(at, at);
    const popped = times.map(() => queue.pop());
    expect(popped).toEqual(times.toSorted((one, other) => one - other));
    expect(queue.nextAt).toBe(Infinity);
  });
});
