import type { Metrics } from '@apilink/service';

import type { EventLog } from './event-log.js';

type Offsets = Pick<EventLog, 'endOffsets' | 'committedOffsets'>;

/** How long a scrape waits for the figures, in ms. */
const ASKED_MS_MAX = 500;

/** How many events of each partition a group has not handled yet. Rejects when the log is away. */
export async function consumerLag(log: Offsets, group: string, topic: string): Promise<ReadonlyMap<number, bigint>> {
  const [committed, ends] = await Promise.all([log.committedOffsets(group, topic), log.endOffsets(topic)]);
  return new Map(
    [...ends].map(([partition, end]) => {
      const behind = end - (committed.get(partition) ?? 0n);
      return [partition, behind > 0n ? behind : 0n];
    }),
  );
}

/** The gauge of it, by topic and group. Where the log is away, a scrape goes on with the last figure known. */
export function exposeConsumerLag(
  metrics: Metrics,
  { log, group, topics }: { readonly log: Offsets; readonly group: string; readonly topics: readonly string[] },
): void {
  const gauge = metrics.gauge({
    name: 'apilink_kafka_consumer_lag',
    help: 'Events published and not yet handled, by topic and group.',
    labelNames: ['topic', 'group'],
    collect: async () => {
      const looks = topics.map(async (topic) => {
        const lag = await consumerLag(log, group, topic);
        gauge.set({ topic, group }, Number([...lag.values()].reduce((sum, behind) => sum + behind, 0n)));
      });
      await withinDeadline(Promise.allSettled(looks));
    },
  });
}

async function withinDeadline(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | null = null;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ASKED_MS_MAX);
  });
  await Promise.race([work, deadline]);
  if (timer !== null) clearTimeout(timer);
}
