import { describe, expect, it } from '@jest/globals';

import { event } from './event-log.contract-recorder.js';
import { partitionKey, PullSubscription, type OwnedPartition, type PartitionSource } from './pull-subscription.js';

const TOPIC = 'usage.v1';
const PARTITIONS = 6;
const END = 1_000_000n;

/** A log in which every partition has more to read than anybody gets through. */
function busySource(): PartitionSource {
  const owned = new Set<OwnedPartition>(
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition, committed: 0n })),
  );
  return {
    claim: () => Promise.resolve({ owned, leaving: new Set() }),
    release: () => Promise.resolve(),
    ends: () => Promise.resolve(new Map([...owned].map((partition) => [partitionKey(partition), END]))),
    fetch: ({ partition }, from) =>
      Promise.resolve([{ ...event({ topic: TOPIC, key: String(partition) }), partition, offset: from }]),
    commit: () => Promise.resolve(),
    publish: () => Promise.resolve(),
    leave: () => Promise.resolve(),
  };
}

describe('a member of a group that never gets through its work', () => {
  it('reads every partition, not only as many as it may read at once', async () => {
    const read = new Set<number>();
    let batches = 0;
    const ended = new Promise<void>((resolve) => {
      const subscription = new PullSubscription(
        busySource(),
        {
          group: 'billing',
          batchMax: 10,
          handle: ({ partition }) => {
            read.add(partition);
            batches += 1;
            if (read.size === PARTITIONS || batches > 200) resolve(subscription.stop());
            return Promise.resolve([]);
          },
          logger: { warn: () => undefined, error: () => undefined },
          pollMs: 1,
          partitionsAtOnce: 2,
          now: Date.now,
        },
        [TOPIC],
      );
    });
    await ended;
    expect(read).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  });
});
