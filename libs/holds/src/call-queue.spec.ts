import { describe, expect, it } from '@jest/globals';

import { CallQueue } from './call-queue.js';

function recorded(limits: { operationsMax: number; callsMax: number }) {
  const calls: (readonly number[])[] = [];
  const ends: (() => void)[] = [];
  const queue = new CallQueue<number>({
    ...limits,
    send: (operations) => {
      calls.push(operations);
      return new Promise((resolve) => ends.push(resolve));
    },
  });
  return { queue, calls, endNext: () => ends.shift()?.() };
}

const turn = () => new Promise(setImmediate);

describe('CallQueue', () => {
  it('sends what is asked in one turn as one call, in order', async () => {
    const { queue, calls } = recorded({ operationsMax: 10, callsMax: 1 });
    for (const operation of [1, 2, 3]) queue.push(operation);
    expect(calls).toEqual([]);
    await turn();
    expect(calls).toEqual([[1, 2, 3]]);
  });

  it('has no more calls on their way than allowed, and makes the next one larger', async () => {
    const { queue, calls, endNext } = recorded({ operationsMax: 10, callsMax: 2 });
    queue.push(1);
    await turn();
    queue.push(2);
    await turn();
    queue.push(3);
    await turn();
    queue.push(4);
    await turn();
    expect(calls).toEqual([[1], [2]]);
    endNext();
    await turn();
    expect(calls).toEqual([[1], [2], [3, 4]]);
  });

  it('splits what is more than a call takes', async () => {
    const { queue, calls, endNext } = recorded({ operationsMax: 2, callsMax: 1 });
    for (const operation of [1, 2, 3]) queue.push(operation);
    await turn();
    endNext();
    await turn();
    expect(calls).toEqual([[1, 2], [3]]);
  });

  it('is drained when nothing waits and nothing is on its way', async () => {
    const { queue, calls, endNext } = recorded({ operationsMax: 1, callsMax: 1 });
    await queue.drained();
    for (const operation of [1, 2]) queue.push(operation);
    let isDrained = false;
    const drained = (async () => {
      await queue.drained();
      isDrained = true;
    })();
    endNext();
    await turn();
    expect({ isDrained, calls }).toEqual({ isDrained: false, calls: [[1], [2]] });
    endNext();
    await drained;
    expect(isDrained).toBe(true);
  });
});
