import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MemoryEventLog, type EventLog } from '@apilink/events';

import type { EdgeWorld } from './edge-world.factory.contract.js';

/** A log that takes no usage event while it is away, and answers none while it hangs. */
export class FlakyLog {
  isAway = false;
  isHanging = false;
  /** Every question about usage events, also those that failed. */
  asked = 0;
  readonly #hanging: (() => void)[] = [];
  readonly inner = new MemoryEventLog();
  readonly log: EventLog = {
    publish: async (events) => {
      if (events.some((event) => event.type === 'usage.final' || event.type === 'hold.opened')) {
        this.asked++;
        if (this.isAway) throw new Error('away');
        if (this.isHanging) {
          await new Promise<void>((resolve) => {
            this.#hanging.push(resolve);
          });
        }
      }
      await this.inner.publish(events);
    },
    subscribe: async (options, handle) => this.inner.subscribe(options, handle),
    follow: async (topic, handle) => this.inner.follow(topic, handle),
    endOffsets: async (topic) => {
      if (this.isAway) throw new Error('away');
      return this.inner.endOffsets(topic);
    },
    committedOffsets: async (group, topic) => this.inner.committedOffsets(group, topic),
    read: async (topic, partition, from, max) => this.inner.read(topic, partition, from, max),
    close: async () => this.inner.close(),
  };

  /** What hung is done after all. */
  answer(): void {
    this.isHanging = false;
    for (const resolve of this.#hanging.splice(0)) resolve();
  }
}

/** The disk of an edge that was killed, as the next process finds it: its lock names nobody who lives. */
export async function diskOf(killed: EdgeWorld): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'edge-'));
  await cp(killed.dataDir, copy, { recursive: true, filter: (path) => !path.endsWith('edge.lock') });
  return copy;
}

/** As the metrics tell them. */
export async function spooledBytes(world: EdgeWorld): Promise<number> {
  return Number(/apilink_spool_bytes\{[^}]*\} (\d+)/.exec(await world.application.metrics())?.[1]);
}

export async function untilSpooled(world: EdgeWorld): Promise<void> {
  while ((await spooledBytes(world)) === 0) await world.get('/api/hello');
}
