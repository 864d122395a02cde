import type { EventLog } from '@apilink/events';

/** The end offsets of a topic at one moment: whatever was published before it lies below. */
export type Fence = ReadonlyMap<number, bigint>;

/** Tells whether a group has consumed everything that was published before a moment. */
export class ConsumptionFence {
  constructor(
    private readonly log: Pick<EventLog, 'endOffsets' | 'committedOffsets'>,
    private readonly group: string,
    private readonly topic: string,
  ) {}

  fetch(): Promise<Fence> {
    return this.log.endOffsets(this.topic);
  }

  /** The fences of these that the group has passed, asked of the log once for all of them. */
  async passed<Key>(fences: ReadonlyMap<Key, Fence>): Promise<readonly Key[]> {
    if (fences.size === 0) return [];
    const committed = await this.log.committedOffsets(this.group, this.topic);
    return [...fences].filter(([, fence]) => isPassed(fence, committed)).map(([key]) => key);
  }
}

function isPassed(fence: Fence, committed: ReadonlyMap<number, bigint>): boolean {
  return [...fence].every(([partition, end]) => (committed.get(partition) ?? 0n) >= end);
}
