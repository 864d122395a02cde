import { backoffMs } from './backoff.js';
import { deadLetterOf } from './dead-letter.js';
import type { BatchHandler, EventBatch, EventLogLogger, OutgoingEvent, Subscription } from './event-log.js';
import { PartitionLostError, type Verdict } from './kafka-group-member.js';
import { partitionKey } from './pull-subscription.js';
import { Waker } from './waker.js';

/** Nothing was heard of a consumer for so long: longer than a rebalance or a request may take. */
const SILENCE_MS = 90_000;
const WATCH_EVERY_MS = 5_000;

/** A member of the group for as long as it lives. */
export interface GroupMember {
  readonly crashed: Promise<Error>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Ends it without waiting for anything. */
  cut(): void;
}

export interface MemberDuties {
  readonly handle: (batch: EventBatch, commit: () => Promise<void>) => Promise<Verdict>;
  readonly onSign: () => void;
}

export interface KafkaSubscriptionOptions {
  readonly group: string;
  readonly handle: BatchHandler;
  readonly publish: (events: readonly OutgoingEvent[]) => Promise<void>;
  readonly logger: EventLogLogger;
  readonly createMember: (duties: MemberDuties) => GroupMember;
  readonly now: () => number;
  /** After this time without a sign of life a consumer is replaced (90 s). */
  readonly silenceMs?: number;
  readonly watchEveryMs?: number;
}

/**
 * Keeps one member of a group alive until it is stopped: one that crashed, that cannot join, or that fell silent is
 * replaced by a new one. So a subscription is never silently dead; a batch that fails is told to nobody but the log and
 * comes again.
 */
export class KafkaSubscription implements Subscription {
  private readonly waker = new Waker();
  /** How often in a row the batch of a partition failed. */
  private readonly failures = new Map<string, number>();
  /** Batches under way by partition, those of a replaced member too: a partition is handled once at a time. */
  private readonly running = new Map<string, Promise<unknown>>();
  private readonly stopped: Promise<'stopped'>;
  private readonly loop: Promise<void>;
  private markStopped: () => void;
  private isStopping = false;
  private lastSignAt: number;

  constructor(private readonly options: KafkaSubscriptionOptions) {
    this.lastSignAt = options.now();
    this.stopped = new Promise((resolve) => {
      this.markStopped = () => resolve('stopped');
    });
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    this.markStopped();
    this.waker.wake();
    await this.loop;
    await Promise.all(this.running.values());
  }

  /** Never rejects. */
  private async run(): Promise<void> {
    const { group, logger } = this.options;
    let failures = 0;
    while (!this.isStopping) {
      const cause = await this.live();
      if (cause === 'stopped') return;
      failures = cause.hasJoined ? 1 : failures + 1;
      const facts = { err: cause.error, group, failures };
      if (cause.hasJoined) logger.error(facts, 'the consumer ended; it begins anew');
      else if (failures === 1) logger.warn(facts, 'the event log is away; trying again');
      if (!this.isStopping) await this.waker.pause(backoffMs(failures));
    }
  }

  private async live(): Promise<'stopped' | { readonly error: unknown; readonly hasJoined: boolean }> {
    const { createMember, now } = this.options;
    this.lastSignAt = now();
    const member = createMember({
      handle: (batch, commit) => this.takeTurn(batch, commit),
      onSign: () => {
        this.lastSignAt = now();
      },
    });
    let hasJoined = false;
    const watch = this.watchForSilence();
    try {
      const crash = member.crashed;
      const started = member.start().then(() => 'joined' as const);
      const first = await Promise.race([started, crash, watch.silent]);
      if (first !== 'joined') return { error: first, hasJoined };
      hasJoined = true;
      const end = await Promise.race([crash, watch.silent, this.stopped]);
      return end === 'stopped' ? end : { error: end, hasJoined };
    } catch (error) {
      return { error, hasJoined };
    } finally {
      watch.end();
      await this.end(member);
    }
  }

  /** A member that hangs may hang in stopping too: then its connections are cut, and it can commit nothing any more. */
  private async end(member: GroupMember): Promise<void> {
    const { logger, group } = this.options;
    const watch = this.watchForSilence();
    this.lastSignAt = this.options.now();
    const ended = member.stop().catch((error: unknown) => {
      logger.debug?.({ err: error, group }, 'a consumer could not be stopped');
    });
    await Promise.race([ended, watch.silent]);
    watch.end();
    member.cut();
  }

  private watchForSilence(): { readonly silent: Promise<Error>; end(): void } {
    const { now, silenceMs = SILENCE_MS, watchEveryMs = WATCH_EVERY_MS } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const silent = new Promise<Error>((resolve) => {
      timer = setInterval(() => {
        if (this.running.size > 0 || now() - this.lastSignAt < silenceMs) return;
        resolve(new Error(`nothing was heard of the consumer for ${silenceMs} ms`));
      }, watchEveryMs);
    });
    return { silent, end: () => clearInterval(timer) };
  }

  /** A batch of a member that was replaced, or of an assignment that is over, ends before the next one begins. */
  private async takeTurn(batch: EventBatch, commit: () => Promise<void>): Promise<Verdict> {
    const key = partitionKey(batch);
    while (this.running.has(key)) await this.running.get(key);
    const work = this.deliver(batch, commit, key).finally(() => this.running.delete(key));
    this.running.set(key, work);
    return work;
  }

  /** Never rejects. */
  private async deliver(batch: EventBatch, commit: () => Promise<void>, key: string): Promise<Verdict> {
    const { group, logger, handle } = this.options;
    try {
      const poison = await handle(batch);
      if (poison.length > 0) {
        const death = { group, attempts: (this.failures.get(key) ?? 0) + 1, at: this.options.now() };
        await this.options.publish(poison.map((one) => deadLetterOf(one, death)));
        const reasons = poison.slice(0, 5).map(({ event, reason }) => ({ id: event.id, type: event.type, reason }));
        const facts = { group, topic: batch.topic, count: poison.length, reasons };
        logger.error(facts, 'events went to the dead letters');
      }
      await commit();
      this.failures.delete(key);
      return 'committed';
    } catch (error) {
      return this.judge(error, batch, key);
    }
  }

  private judge(error: unknown, { topic, partition }: EventBatch, key: string): Verdict {
    const { group, logger } = this.options;
    const isLost = error instanceof PartitionLostError;
    const failures = isLost ? 1 : (this.failures.get(key) ?? 0) + 1;
    this.failures.set(key, failures);
    const facts = { err: error, group, topic, partition, failures };
    if (isLost) logger.debug?.(facts, 'a batch was not committed: its partition was given away meanwhile');
    else logger.warn(facts, 'a batch failed; its partition pauses and the batch comes again');
    return { pauseMs: backoffMs(failures) };
  }
}
