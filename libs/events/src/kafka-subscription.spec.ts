import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@apilink/testing';

import { event, Gate } from './event-log.contract-recorder.js';
import type { EventBatch, OutgoingEvent, PoisonEvent } from './event-log.js';
import { KafkaSubscription, type GroupMember, type MemberDuties } from './kafka-subscription.js';
import { PartitionLostError, type Verdict } from './kafka-group-member.js';

const batchOf = (id: string, partition = 0): EventBatch => ({
  topic: 'usage.v1',
  partition,
  events: [{ ...event({ topic: 'usage.v1', id }), partition, offset: 7n }],
});

/** A member of a group that does what the test says. */
class FakeMember implements GroupMember {
  readonly crashed: Promise<Error>;
  crash: (error: Error) => void = () => undefined;
  isStopped = false;
  isCut = false;

  constructor(
    readonly duties: MemberDuties,
    private readonly join: () => Promise<void>,
    private readonly leave: () => Promise<void>,
  ) {
    this.crashed = new Promise((resolve) => {
      this.crash = resolve;
    });
  }

  start(): Promise<void> {
    return this.join();
  }

  stop(): Promise<void> {
    this.isStopped = true;
    return this.leave();
  }

  cut(): void {
    this.isCut = true;
  }
}

class Scene {
  readonly members: FakeMember[] = [];
  readonly told: string[] = [];
  readonly published: OutgoingEvent[] = [];
  readonly clock = new ManualClock(0);
  handle: (batch: EventBatch) => Promise<readonly PoisonEvent[]> = () => Promise.resolve([]);
  join: () => Promise<void> = () => Promise.resolve();
  leave: () => Promise<void> = () => Promise.resolve();
  publish: (events: readonly OutgoingEvent[]) => Promise<void> = (events) => {
    this.published.push(...events);
    return Promise.resolve();
  };
  private readonly waiters: (() => void)[] = [];

  open(): KafkaSubscription {
    const tell = (facts: object, message: string) => {
      this.told.push(message);
    };
    return new KafkaSubscription({
      group: 'billing',
      handle: (batch) => this.handle(batch),
      publish: (events) => this.publish(events),
      logger: { warn: tell, error: tell },
      createMember: (duties) => {
        const member = new FakeMember(
          duties,
          () => this.join(),
          () => this.leave(),
        );
        this.members.push(member);
        for (const wake of this.waiters.splice(0)) wake();
        return member;
      },
      now: () => this.clock.now(),
      silenceMs: 1_000,
      watchEveryMs: 1,
    });
  }

  async member(place: number): Promise<FakeMember> {
    for (;;) {
      const member = this.members[place];
      if (member !== undefined) return member;
      await new Promise<void>((resolve) => {
        this.waiters.push(resolve);
      });
    }
  }

  /** Hands a batch over as a member does, and tells what came of it. */
  async deliver(batch: EventBatch, commit: () => Promise<void> = () => Promise.resolve()): Promise<Verdict> {
    const member = await this.member(this.members.length === 0 ? 0 : this.members.length - 1);
    return member.duties.handle(batch, commit);
  }
}

describe('a subscription to Kafka', () => {
  it('puts a new member in the place of one that crashed, and says so', async () => {
    const scene = new Scene();
    const subscription = scene.open();
    const first = await scene.member(0);
    first.crash(new Error('not retriable'));
    await scene.member(1);
    expect(first.isStopped).toBe(true);
    expect(scene.told).toEqual(['the consumer ended; it begins anew']);
    await subscription.stop();
    expect(scene.members).toHaveLength(2);
  });

  it('puts a new member in the place of one that is not heard of any more', async () => {
    const scene = new Scene();
    const subscription = scene.open();
    const first = await scene.member(0);
    scene.clock.advance(999);
    first.duties.onSign();
    scene.clock.advance(1_000);
    await scene.member(1);
    expect(first.isStopped).toBe(true);
    await subscription.stop();
  });

  it('cuts off a member that hangs when it is stopped, and goes on without it', async () => {
    const scene = new Scene();
    const hung = new Gate();
    scene.leave = () => {
      scene.leave = () => Promise.resolve();
      setImmediate(() => scene.clock.advance(1_000));
      return hung.opened;
    };
    const subscription = scene.open();
    const first = await scene.member(0);
    first.crash(new Error('hangs'));
    await scene.member(1);
    expect(first.isCut).toBe(true);
    await subscription.stop();
  });

  it('goes on trying to join while nobody answers, and tells that once', async () => {
    const scene = new Scene();
    scene.join = () => Promise.reject(new Error('connection refused'));
    const subscription = scene.open();
    await scene.member(2);
    scene.join = () => Promise.resolve();
    await scene.member(3);
    expect(scene.told).toEqual(['the event log is away; trying again']);
    await subscription.stop();
  });

  it('commits a batch that was handled, and pauses one that failed without throwing', async () => {
    const scene = new Scene();
    const subscription = scene.open();
    let commits = 0;
    const commit = () => {
      commits++;
      return Promise.resolve();
    };
    expect(await scene.deliver(batchOf('a'), commit)).toBe('committed');
    scene.handle = () => Promise.reject(new Error('the database is away'));
    expect(await scene.deliver(batchOf('b'), commit)).toEqual({ pauseMs: 100 });
    expect(await scene.deliver(batchOf('b'), commit)).toEqual({ pauseMs: 200 });
    expect(await scene.deliver(batchOf('c', 1), commit)).toEqual({ pauseMs: 100 });
    expect(commits).toBe(1);
    await subscription.stop();
  });

  it('commits nothing of a batch whose dead letters could not be published', async () => {
    const scene = new Scene();
    const subscription = scene.open();
    const batch = batchOf('bad');
    scene.handle = ({ events }) => Promise.resolve(events.map((one) => ({ event: one, reason: 'unknown account' })));
    scene.publish = () => Promise.reject(new Error('Kafka is away'));
    const commits: string[] = [];
    const commit = () => {
      commits.push(scene.published.map(({ topic }) => topic).join());
      return Promise.resolve();
    };
    expect(await scene.deliver(batch, commit)).toEqual({ pauseMs: 100 });
    scene.publish = (events) => {
      scene.published.push(...events);
      return Promise.resolve();
    };
    expect(await scene.deliver(batch, commit)).toBe('committed');
    expect(commits).toEqual(['usage.v1.dlq']);
    expect(scene.published[0]?.headers).toMatchObject({ dlq_attempts: '2' });
    await subscription.stop();
  });

  it('hands a batch over again when its partition was lost before the commit', async () => {
    const scene = new Scene();
    const subscription = scene.open();
    const lost = new PartitionLostError('usage.v1/0 was lost');
    expect(await scene.deliver(batchOf('a'), () => Promise.reject(lost))).toEqual({ pauseMs: 100 });
    expect(scene.told).toEqual([]);
    await subscription.stop();
  });

  it('handles a partition once at a time, also when a new member reads it before the batch of the old one has ended', async () => {
    const scene = new Scene();
    const subscription = scene.open();
    const [entered, gate] = [new Gate(), new Gate()];
    const order: string[] = [];
    scene.handle = async ({ events }) => {
      const [one] = events;
      order.push(`begin ${one?.id}`);
      entered.open();
      if (one?.id === 'old') await gate.opened;
      order.push(`end ${one?.id}`);
      return [];
    };
    const old = scene.deliver(batchOf('old'));
    await entered.opened;
    const fresh = scene.deliver(batchOf('new'));
    await scene.deliver(batchOf('other', 1));
    gate.open();
    await Promise.all([old, fresh]);
    expect(order.filter((step) => !step.includes('other'))).toEqual(['begin old', 'end old', 'begin new', 'end new']);
    await subscription.stop();
  });
});
