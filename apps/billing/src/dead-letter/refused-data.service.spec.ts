import { describe, expect, it } from '@jest/globals';
import type { LoggedEvent } from '@apilink/events';

import { isolateRefused } from './refused-data.service.js';

function items(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const event: LoggedEvent = {
      topic: 'usage',
      key: 'a',
      id: String(index),
      type: 't',
      source: 's',
      time: 0,
      body: '',
      partition: 0,
      offset: BigInt(index),
    };
    return { event };
  });
}

function refusal(code: string): Error {
  return Object.assign(new Error('violates check constraint "damaged"'), { code });
}

describe('a batch that the tables refuse', () => {
  it('is worked on in order but for the refused events, in few steps', async () => {
    const done: string[] = [];
    let steps = 0;
    const poison = await isolateRefused(items(500), (part) => {
      steps += 1;
      if (part.some(({ event }) => ['7', '333'].includes(event.id))) return Promise.reject(refusal('23514'));
      done.push(...part.map(({ event }) => event.id));
      return Promise.resolve([]);
    });
    expect(poison.map(({ event, reason }) => [event.id, reason])).toEqual([
      ['7', 'refused by the ledger: violates check constraint "damaged"'],
      ['333', 'refused by the ledger: violates check constraint "damaged"'],
    ]);
    expect(done).toEqual(
      items(500)
        .map(({ event }) => event.id)
        .filter((id) => id !== '7' && id !== '333'),
    );
    expect(steps).toBeLessThan(40);
  });

  it.each(['40001', '40P01', '55P03', '57P01', '53300', '08006'])(
    'comes again whole when it may succeed later (%s)',
    async (code) => {
      let steps = 0;
      const work = () => {
        steps += 1;
        return Promise.reject(refusal(code));
      };
      await expect(isolateRefused(items(3), work)).rejects.toThrow('damaged');
      expect(steps).toBe(1);
    },
  );
});
