import { writeSync } from 'node:fs';

import { ConfigurationError } from '../config/configuration-error.js';
import type { Environment } from '../config/environment.js';

/**
 * Named points of the code where a drill ends the process as `kill -9` would: no handler runs, no buffer is flushed. The
 * process says so on stderr.
 * A service lists its points in its README.
 */
export interface Failpoints {
  reach(point: string): void;
}

/** What runs in production: nothing happens anywhere. */
export const noFailpoints: Failpoints = { reach: () => undefined };

const POINT = /^([a-z0-9.-]+)(?::([1-9]\d{0,6}))?$/;

/**
 * Reads `APILINK_FAILPOINTS`: `point` or `point:N` (the N-th time that it is reached), separated by commas. Throws
 * ConfigurationError when it is set and `NODE_ENV` is not `test`: no operator shall end a service by a typing error.
 */
export function readFailpoints(env: Environment, end: (point: string) => void = killThisProcess): Failpoints {
  const text = env['APILINK_FAILPOINTS'] ?? '';
  if (text === '') return noFailpoints;
  if (env['NODE_ENV'] !== 'test') {
    throw new ConfigurationError('APILINK_FAILPOINTS is for tests alone: leave it out, or set NODE_ENV to test.');
  }
  const left = new Map(text.split(',').map((entry) => readPoint(entry.trim())));
  return {
    reach(point) {
      const count = left.get(point);
      if (count === undefined) return;
      left.set(point, count - 1);
      if (count === 1) end(point);
    },
  };
}

function readPoint(entry: string): readonly [string, number] {
  const [, point, count] = POINT.exec(entry) ?? [];
  if (point === undefined) {
    throw new ConfigurationError('APILINK_FAILPOINTS has a wrong value: expected names like `settlement.committed:2`.');
  }
  return [point, Number(count ?? 1)];
}

const STDERR = 2;

/** Last words, so that a drill knows that the process ended here and of nothing else. */
function killThisProcess(point: string): void {
  writeSync(STDERR, `failpoint ${point} ends this process\n`);
  process.kill(process.pid, 'SIGKILL');
}
