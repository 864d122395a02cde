import { topics } from '@apilink/contracts';
import type { EventLog } from '@apilink/events';
import type { Metrics } from '@apilink/service';

const consumed = [topics.usage.name, topics.prices.name];

/** How far billing's consumers are behind what was published. */
export class ConsumerLagService {
  readonly #lag;

  constructor(
    private readonly log: Pick<EventLog, 'endOffsets' | 'committedOffsets'>,
    private readonly group: string,
    metrics: Metrics,
  ) {
    this.#lag = metrics.gauge({
      name: 'apilink_kafka_consumer_lag',
      help: 'Events published and not yet handled, by topic and group.',
      labelNames: ['topic', 'group'],
    });
  }

  /** Rejects when the log is away: the figure stays what it was. */
  async look(): Promise<void> {
    for (const topic of consumed) {
      const [ends, committed] = await Promise.all([
        this.log.endOffsets(topic),
        this.log.committedOffsets(this.group, topic),
      ]);
      const behind = [...ends].map(([partition, end]) => end - (committed.get(partition) ?? 0n));
      const lag = behind.reduce((sum, one) => sum + (one > 0n ? one : 0n), 0n);
      this.#lag.set({ topic, group: this.group }, Number(lag));
    }
  }
}
