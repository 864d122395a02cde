import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { RepeatingTask } from './repeating-task.service.js';

const INTERVAL_MS = 200;

describe('a repeating task', () => {
  let turns: number[];
  let answer: () => Promise<unknown>;
  let warnings: number;
  let task: RepeatingTask;

  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
    turns = [];
    warnings = 0;
    answer = () => Promise.resolve();
    task = new RepeatingTask({
      name: 'test',
      intervalMs: INTERVAL_MS,
      run: () => {
        turns.push(Date.now());
        return answer();
      },
      logger: { warn: () => void (warnings += 1) },
    });
  });

  afterEach(async () => {
    await task.stop();
    jest.useRealTimers();
  });

  it('goes on after its interval, at once while there is more, and at once when it is woken', async () => {
    let left = 2;
    answer = () => Promise.resolve(left-- > 0);
    task.start();
    await jest.advanceTimersByTimeAsync(INTERVAL_MS + 10);
    expect(turns).toEqual([1, 1, 1, 201].map((at) => expect.closeTo(at, -1)));
    await jest.advanceTimersByTimeAsync(50);
    task.wake();
    await jest.advanceTimersByTimeAsync(10);
    expect(turns).toHaveLength(5);
  });

  it('pauses longer and longer while it fails, is not hurried by a wake, and tells of it once', async () => {
    answer = () => Promise.reject(new Error('the gate is away'));
    task.start();
    await jest.advanceTimersByTimeAsync(20_000);
    const pauses = turns.slice(1).map((at, index) => at - (turns[index] ?? 0));
    expect(pauses.slice(0, 5).map((pause) => Math.round(pause / 100))).toEqual([2, 2, 4, 8, 16]);
    expect(Math.max(...pauses)).toBe(5_000);
    const before = turns.length;
    task.wake();
    await jest.advanceTimersByTimeAsync(10);
    expect(turns).toHaveLength(before);
    expect(warnings).toBe(1);
  });

  it('begins no turn after it was stopped, and waits for the one that runs', async () => {
    const running: (() => void)[] = [];
    answer = () => new Promise<void>((resolve) => running.push(resolve));
    task.start();
    await jest.advanceTimersByTimeAsync(1);
    const stopped = task.stop();
    for (const finish of running) finish();
    await stopped;
    await jest.advanceTimersByTimeAsync(10 * INTERVAL_MS);
    expect(turns).toHaveLength(1);
  });
});
