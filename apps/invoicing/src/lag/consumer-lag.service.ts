import type { TopicDefinition } from '@apilink/contracts';
import { partitionOf, type EventLog } from '@apilink/events';

/** An answer is worth more than this figure in it: whoever asks waits no longer, in ms. */
const ASKED_MS_MAX = 500;

/** How many events a group has not handled yet. */
export class ConsumerLag {
  constructor(
    private readonly log: Pick<EventLog, 'endOffsets' | 'committedOffsets'>,
    private readonly group: string,
    private readonly topic: TopicDefinition,
  ) {}

  /** Of the whole topic; rejects when the log does not answer. */
  async total(): Promise<number> {
    const behind = await this.#behind();
    return [...behind.values()].reduce((sum, events) => sum + events, 0);
  }

  /** Of the partition that a key belongs to; null when the log does not answer soon. */
  async ofKey(key: string): Promise<number | null> {
    const asked = this.#behind().then(
      (behind) => behind.get(partitionOf(key, this.topic.partitions)) ?? 0,
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

  async #behind(): Promise<ReadonlyMap<number, number>> {
    const [committed, ends] = await Promise.all([
      this.log.committedOffsets(this.group, this.topic.name),
      this.log.endOffsets(this.topic.name),
    ]);
    return new Map(
      [...ends].map(([partition, end]) => [partition, Math.max(0, Number(end - (committed.get(partition) ?? 0n)))]),
    );
  }
}
