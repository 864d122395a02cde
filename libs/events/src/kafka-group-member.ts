import type { Consumer, EachBatchPayload } from 'kafkajs';

import type { EventBatch, EventLogLogger, LoggedEvent } from './event-log.js';
import { fairAssigner } from './fair-assigner.js';
import type { KafkaConnection } from './kafka-connection.js';
import { fromRecord } from './kafka-message.js';

const HEARTBEAT_MS = 1_000;
const HEARTBEATS_IN_A_SESSION = 5;
const MAX_WAIT_MS = 100;
const FETCH_BYTES = 8 * 1024 ** 2;
const METADATA_AGE_MS = 60_000;
const RETRY = { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 };

/** How long a group waits for a member, in ms. */
export interface GroupPatience {
  /** A member that is not heard of for so long is dead; what it had read is handed to others. */
  readonly sessionMs: number;
  /** A rebalance waits so long for a member that is busy with a batch. */
  readonly rebalanceMs: number;
}

export const GROUP_PATIENCE: GroupPatience = { sessionMs: 10_000, rebalanceMs: 30_000 };

export type Verdict = 'committed' | { readonly pauseMs: number };

export interface GroupMemberOptions {
  readonly connect: () => KafkaConnection;
  /** Names as Kafka has them. */
  readonly groupId: string;
  readonly topicNames: readonly string[];
  /** The topic of a name. */
  readonly topicOf: (name: string) => string;
  readonly batchMax: number;
  readonly partitionsAtOnce: number;
  readonly patience: GroupPatience;
  readonly logger: EventLogLogger;
  /**
   * Handles one batch; `commit` commits the offset after it, and rejects when the partition is no longer this
   * member's. Never rejects: `pauseMs` when the same events are to come again after that time.
   */
  readonly handle: (batch: EventBatch, commit: () => Promise<void>) => Promise<Verdict>;
  /** Takes the member before this one out of the group, where it could not leave. */
  readonly dismissFormer: () => Promise<void>;
  /** Told how the broker names this member, at each assignment. */
  readonly onJoin: (memberId: string) => void;
  /** Called whenever the consumer shows that it lives. */
  readonly onSign: () => void;
}

/** The partition went to another member, or the subscription ends: the rest of what was fetched is theirs. */
export class PartitionLostError extends Error {
  override readonly name = 'PartitionLostError';
}

/**
 * One consumer of kafkajs from its start to its end; it is not restarted. `crashed` resolves with the error it crashed
 * with. Nothing is thrown at kafkajs: a handler's error would restart the whole consumer, with all its partitions.
 */
export class KafkaGroupMember {
  readonly crashed: Promise<Error>;
  private readonly connection: KafkaConnection;
  private readonly consumer: Consumer;
  private readonly heartbeatMs: number;
  private readonly resumptions = new Set<NodeJS.Timeout>();
  /** Grows with each assignment of partitions: a batch of an older one commits nothing. */
  private assignment = 0;
  private isStopped = false;

  constructor(private readonly options: GroupMemberOptions) {
    const { connect, groupId, onSign, patience } = options;
    this.heartbeatMs = Math.min(HEARTBEAT_MS, patience.sessionMs / HEARTBEATS_IN_A_SESSION);
    this.connection = connect();
    this.consumer = this.connection.kafka.consumer({
      groupId,
      partitionAssigners: [fairAssigner],
      sessionTimeout: patience.sessionMs,
      rebalanceTimeout: patience.rebalanceMs,
      heartbeatInterval: this.heartbeatMs,
      maxWaitTimeInMs: MAX_WAIT_MS,
      maxBytes: FETCH_BYTES,
      metadataMaxAge: METADATA_AGE_MS,
      allowAutoTopicCreation: false,
      // A crashed consumer is replaced by a new one, with new connections, in one place and for every cause.
      retry: { ...RETRY, restartOnFailure: () => Promise.resolve(false) },
    });
    const { events } = this.consumer;
    this.crashed = new Promise((resolve) => {
      this.consumer.on(events.CRASH, ({ payload }) => resolve(payload.error));
    });
    this.consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.assignment++;
      options.onJoin(payload.memberId);
      onSign();
    });
    this.consumer.on(events.FETCH, onSign);
    this.consumer.on(events.HEARTBEAT, onSign);
  }

  /** Resolves when the group is joined, or the consumer has crashed while joining; rejects when nobody answers. */
  async start(): Promise<void> {
    await this.consumer.connect();
    await this.options.dismissFormer();
    await this.consumer.subscribe({ topics: [...this.options.topicNames], fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.options.partitionsAtOnce,
      eachBatch: (payload) => this.take(payload),
    });
  }

  /** Finishes the running batches, commits them, leaves the group and disconnects. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const timer of this.resumptions) clearTimeout(timer);
    try {
      await this.consumer.disconnect();
    } finally {
      this.cut();
    }
  }

  /** For one that hangs: it can read and commit nothing any more, and its group misses it soon. */
  cut(): void {
    this.connection.cut();
  }

  /** Never rejects. What was fetched at once is handled in batches, each committed by itself. */
  private async take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { assignment } = this;
    let isLost = false;
    // Long batches, and a handler that waits for its turn, must not look like a dead member. An error of this beat is
    // a rebalance or a broker that is away: kafkajs meets it too, after this batch.
    const beat = setInterval(() => {
      payload.heartbeat().catch(() => {
        isLost = true;
      });
    }, this.heartbeatMs);
    const isMine = () => payload.isRunning() && !payload.isStale() && this.assignment === assignment;
    try {
      const topic = this.options.topicOf(batch.topic);
      for (let at = 0; at < batch.messages.length; at += this.options.batchMax) {
        if (isLost || !isMine()) return;
        const messages = batch.messages.slice(at, at + this.options.batchMax);
        const events = messages.map((message) => fromRecord(topic, batch.partition, message));
        const verdict = await this.options.handle({ topic, partition: batch.partition, events }, () =>
          this.commit(payload, assignment, events),
        );
        this.options.onSign();
        if (verdict === 'committed') continue;
        this.resumeAfter(payload.pause(), verdict.pauseMs);
        return;
      }
    } finally {
      clearInterval(beat);
    }
  }

  /**
   * The check and the request that carries the generation of the group are made in one turn of the event loop; a
   * rebalance after that is refused by the broker.
   */
  private async commit(payload: EachBatchPayload, assignment: number, events: readonly LoggedEvent[]): Promise<void> {
    const last = events.at(-1);
    if (last === undefined) return;
    const { topic, partition } = payload.batch;
    if (this.assignment !== assignment) throw new PartitionLostError(`${topic}/${partition} was assigned anew`);
    const offset = (last.offset + 1n).toString();
    try {
      await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
    } catch (error) {
      if (isOfAnotherGeneration(error))
        throw new PartitionLostError(`${topic}/${partition} was lost`, { cause: error });
      throw error;
    }
    if (this.assignment === assignment) payload.resolveOffset(last.offset.toString());
  }

  private resumeAfter(resume: () => void, pauseMs: number): void {
    if (this.isStopped) return;
    const timer = setTimeout(() => {
      this.resumptions.delete(timer);
      resume();
    }, pauseMs);
    this.resumptions.add(timer);
  }
}

/** How a broker refuses the commit of a member whose group has gone on without it. */
const LOST_MEMBERSHIP = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']);

function isOfAnotherGeneration(error: unknown): boolean {
  return error instanceof Error && 'type' in error && LOST_MEMBERSHIP.has(String(error.type));
}
