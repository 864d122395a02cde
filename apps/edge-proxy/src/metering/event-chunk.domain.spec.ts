import { describe, expect, it } from '@jest/globals';

import { chunksOf } from './event-chunk.domain.js';

interface Event {
  readonly id: string;
  readonly body: string;
}
const event = (id: string, bytes: number): Event => ({ id, body: 'é'.repeat(bytes / 2) });
const idsOf = (chunks: readonly (readonly Event[])[]): string[] =>
  chunks.map((chunk) => chunk.map(({ id }) => id).join(''));

describe('a hand-over', () => {
  it('is cut by number and by bytes, in order, with every event in it once', () => {
    const events = [event('a', 4), event('b', 4), event('c', 4), event('d', 20), event('e', 2)];
    expect(idsOf(chunksOf(events, { eventsMax: 500, bytesMax: 8 }))).toEqual(['ab', 'c', 'd', 'e']);
    expect(idsOf(chunksOf(events, { eventsMax: 2, bytesMax: 1000 }))).toEqual(['ab', 'cd', 'e']);
    expect(chunksOf([], { eventsMax: 2, bytesMax: 8 })).toEqual([]);
  });
});
