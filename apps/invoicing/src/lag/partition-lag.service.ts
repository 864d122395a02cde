import type { TopicDefinition } from '@apilink/contracts';
import { consumerLag, partitionOf, type EventLog } from '@apilink/events';

/** An answer is worth more than this figure in it: whoever asks waits no longer, in ms. */
const ASKED_MS_MAX = 500;

/** How many events of a key's partition are not taken yet. */
export class PartitionLag {
  constructor(
    private readonly log: Pick<EventLog, 'endOffsets' | 'committedOffsets'>,
    private readonly group: string,
    private readonly topic: TopicDefinition,
  ) {}

  /** Null when the log does not answer soon. */
  async ofKey(key: string): Promise<number | null> {
    const asked = consumerLag(this.log, this.group, this.topic.name).then(
      (lag) => Number(lag.get(partitionOf(key, this.topic.partitions)) ?? 0n),
      () => null,
    );
    let timer: NodeJS.Timeout | null = null;
    const deadline = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), ASKED_MS_MAX);
    });
    const events = await Promise.race([asked, deadline]);
    if (timer !== null) clearTimeout(timer);
    return events;
  }
}
