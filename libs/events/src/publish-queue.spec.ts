import { describe, expect, it } from '@jest/globals';

import { event } from './event-log.contract-recorder.js';
import { confirm, PublishQueue, refuse, type QueuedEvent } from './publish-queue.js';

/** The entries of one call, and what it was answered. */
function call(ids: readonly string[], bytes = 10): { entries: readonly QueuedEvent[]; answers: unknown[] } {
  const answers: unknown[] = [];
  const publication = {
    left: ids.length,
    isOver: false,
    resolve: () => answers.push('durable'),
    reject: (error: unknown) => answers.push(error),
  };
  return { entries: ids.map((id) => ({ event: event({ topic: 't', id }), bytes, publication })), answers };
}

const idsOf = (entries: readonly QueuedEvent[]) => entries.map((entry) => entry.event.id);

describe('events that wait to be published', () => {
  it('are sent in the order in which they were published, a limited number and size at a time', () => {
    const queue = new PublishQueue({ events: 100, bytes: 1_000 });
    queue.add([...call(['a', 'b', 'c']).entries, ...call(['d', 'e'], 60).entries]);
    expect(idsOf(queue.take({ events: 2, bytes: 1_000 }))).toEqual(['a', 'b']);
    expect(idsOf(queue.take({ events: 9, bytes: 70 }))).toEqual(['c', 'd']);
    expect(idsOf(queue.take({ events: 9, bytes: 1 }))).toEqual(['e']);
    expect(queue.length).toBe(0);
  });

  it('are bounded in number and bytes, but for a single call that is larger than all of it', () => {
    const queue = new PublishQueue({ events: 3, bytes: 100 });
    expect(queue.hasRoomFor(50, 5_000)).toBe(true);
    queue.add(call(['a', 'b'], 40).entries);
    expect(queue.hasRoomFor(1, 20)).toBe(true);
    expect(queue.hasRoomFor(1, 21)).toBe(false);
    expect(queue.hasRoomFor(2, 2)).toBe(false);
    queue.take({ events: 1, bytes: 100 });
    expect(queue.hasRoomFor(2, 60)).toBe(true);
  });

  it('answer their call once all of them are durable', () => {
    const { entries, answers } = call(['a', 'b', 'c']);
    confirm(entries.slice(0, 2));
    expect(answers).toEqual([]);
    confirm(entries.slice(2));
    expect(answers).toEqual(['durable']);
  });

  it('leave with their call when its first part failed: a later event must not come before the next try of that', () => {
    const queue = new PublishQueue({ events: 9, bytes: 1_000 });
    const [failed, other] = [call(['a', 'b']), call(['c'])];
    queue.add([...failed.entries, ...other.entries]);
    const error = new Error('no answer');
    refuse(queue.take({ events: 1, bytes: 100 }), error);
    queue.dropAnswered();
    expect(failed.answers).toEqual([error]);
    expect(idsOf(queue.takeAll())).toEqual(['c']);
    expect(queue.hasRoomFor(9, 1_000)).toBe(true);
  });
});
