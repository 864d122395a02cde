import { EventEmitter } from 'node:events';

import { createLogger } from '@apilink/service';
import { describe, expect, it } from '@jest/globals';

import { Shutdown } from './shutdown.service.js';
import { listenForStop, samePressMs } from './stop-signal.service.js';

const logger = createLogger({ name: 'test', level: 'silent' });

describe('stopping', () => {
  it('goes from the last started to the first, and on over a part that fails', async () => {
    const stopped: string[] = [];
    const shutdown = new Shutdown();
    shutdown.add('database', async () => void stopped.push('database'));
    shutdown.add('billing', async () => {
      stopped.push('billing');
      throw new Error('spool');
    });
    shutdown.add('edge', async () => void stopped.push('edge'));
    expect(await shutdown.run(logger)).toBe(false);
    expect(stopped).toEqual(['edge', 'billing', 'database']);
  });

  it('happens once, however often it is asked for', async () => {
    let stops = 0;
    const shutdown = new Shutdown();
    shutdown.add('database', async () => void stops++);
    expect(await Promise.all([shutdown.run(logger), shutdown.run(logger)])).toEqual([true, true]);
    expect(stops).toBe(1);
  });
});

function pressed(at: readonly number[]): { stops: number; agains: number } {
  const source = new EventEmitter();
  let clock = 0;
  const counts = { stops: 0, agains: 0 };
  const handlers = { onStop: () => void counts.stops++, onAgain: () => void counts.agains++ };
  listenForStop(source, handlers, () => clock);
  for (const time of at) {
    clock = time;
    source.emit('SIGINT');
  }
  return counts;
}

describe('a Ctrl-C', () => {
  it('that terminal, npm and bootstrap each deliver is one', () => {
    expect(pressed([0, 5, 40])).toEqual({ stops: 1, agains: 0 });
  });

  it('pressed again later ends the wait', () => {
    expect(pressed([0, samePressMs + 1])).toEqual({ stops: 1, agains: 1 });
  });

  it('and the end of the starting process ask for the same', () => {
    const source = new EventEmitter();
    let stops = 0;
    listenForStop(source, { onStop: () => void stops++, onAgain: () => undefined });
    source.emit('disconnect');
    source.emit('SIGTERM');
    expect(stops).toBe(1);
  });
});
