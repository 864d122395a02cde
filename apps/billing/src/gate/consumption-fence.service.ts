import { accountIdSchema, topics, type AccountId } from '@apilink/contracts';
import { partitionOf, type EventLog } from '@apilink/events';
import { z } from 'zod';

/** The end of an account's partition at one moment: whatever was published about the account before lies below. */
export interface Fence {
  readonly partition: number;
  readonly end: bigint;
}

/**
 * Tells whether the consumers have settled everything that was published about an account before a moment. It looks at the
 * account's partition alone: one that is paused holds up no other account.
 */
export class ConsumptionFence {
  constructor(
    private readonly log: Pick<EventLog, 'endOffsets' | 'committedOffsets'>,
    private readonly group: string,
  ) {}

  /** The fence of each of these accounts now. */
  async fetch(accountIds: Iterable<AccountId>): Promise<ReadonlyMap<AccountId, Fence>> {
    const ends = await this.log.endOffsets(topics.usage.name);
    return new Map(
      [...accountIds].map((accountId) => {
        const partition = partitionOf(z.encode(accountIdSchema, accountId), topics.usage.partitions);
        return [accountId, { partition, end: ends.get(partition) ?? 0n }];
      }),
    );
  }

  /** Those whose fence the group has passed, asked of the log once for all of them. */
  async passed<Key>(fences: ReadonlyMap<Key, Fence>): Promise<readonly Key[]> {
    if (fences.size === 0) return [];
    const committed = await this.log.committedOffsets(this.group, topics.usage.name);
    return [...fences].filter(([, { partition, end }]) => (committed.get(partition) ?? 0n) >= end).map(([key]) => key);
  }
}
