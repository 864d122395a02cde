import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { readDeadLetter, replayOf } from './dead-letter.js';
import { EventRecorder, event, Gate } from './event-log.contract-recorder.js';
import type { EventLog } from './event-log.js';
import { layoutsOf, type TopicLayout } from './topic-layout.js';

/** One log of one adapter; `open` gives a further client of it, as another process would have. */
export interface EventLogHarness {
  open(): Promise<EventLog>;
  /** Closes what was opened and removes the log. */
  dispose(): Promise<void>;
}

const STREAM = 'contract.stream.v1';
const TABLE = 'contract.table.v1';

/** What an adapter's harness has to create. */
export const contractTopics: readonly TopicLayout[] = layoutsOf([
  { name: STREAM, key: 'any', partitions: 4, cleanup: { policy: 'delete', retentionDays: 7 }, events: {} },
  { name: TABLE, key: 'any', partitions: 3, cleanup: { policy: 'compact' }, events: {} },
]);

/** Keys that fall into different partitions of four, by Kafka's partitioner. */
const KEYS = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta'];

const options = { group: 'billing', topics: [STREAM], batchMax: 10 };

interface Context {
  /** The log of the running test. */
  readonly log: () => EventLog;
  /** A further client of it. */
  readonly open: () => Promise<EventLog>;
}

/** The guarantees of the port `EventLog`; every adapter runs it. */
export function describeEventLog(name: string, createHarness: () => Promise<EventLogHarness>): void {
  describe(name, () => {
    let harness: EventLogHarness;
    let log: EventLog;

    beforeEach(async () => {
      harness = await createHarness();
      log = await harness.open();
    });
    afterEach(async () => {
      await harness.dispose();
    });

    const context = { log: () => log, open: () => harness.open() };
    describe('delivery', () => {
      describeDelivery(context);
    });
    describe('failure', () => {
      describeFailure(context);
    });
    describe('groups', () => {
      describeGroups(context);
    });
    describe('positions', () => {
      describePositions(context);
    });
    describe('reading', () => {
      describeReading(context);
    });
  });
}

function published(count: number, from = 0) {
  return Array.from({ length: count }, (_, index) =>
    event({ topic: STREAM, key: KEYS[(from + index) % KEYS.length] ?? '', id: `e${from + index}` }),
  );
}

function describeDelivery({ log }: Context): void {
  it('hands over every event of a key in the order it was published, in batches of one partition', async () => {
    const recorder = new EventRecorder();
    await log().publish(published(60));
    await log().subscribe(options, recorder.handle);
    await log().publish(published(60, 60));
    await recorder.count(120);
    for (const key of KEYS) {
      const numbers = recorder.events.filter((one) => one.key === key).map(({ id }) => Number(id.slice(1)));
      expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
      expect(numbers).toHaveLength(15);
    }
    for (const batch of recorder.batches) {
      expect(batch.events.length).toBeLessThanOrEqual(10);
      expect(new Set(batch.events.map(({ partition }) => partition))).toEqual(new Set([batch.partition]));
    }
  });

  it('keeps bytes, headers and envelope of an event as they were published', async () => {
    const recorder = new EventRecorder();
    const original = event({
      topic: STREAM,
      key: 'alpha',
      id: 'whole',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      headers: { note: 'ü "quoted" \\ {}' },
      body: JSON.stringify({ text: '发票 \u0000 \\ " {a,b} \n', amount: '9000000000000000' }),
    });
    await log().publish([original, event({ topic: STREAM, key: 'alpha', id: 'bare' })]);
    await log().subscribe(options, recorder.handle);
    await recorder.count(2);
    const [whole, bare] = recorder.events;
    expect(whole).toEqual({ ...original, partition: whole?.partition, offset: 0n });
    expect(bare).not.toHaveProperty('traceparent');
    expect(bare).not.toHaveProperty('headers');
  });

  it('gives every group all events', async () => {
    const [one, two] = [new EventRecorder(), new EventRecorder()];
    await log().publish(published(20));
    await log().subscribe({ ...options, group: 'one' }, one.handle);
    await log().subscribe({ ...options, group: 'two' }, two.handle);
    await Promise.all([one.count(20), two.count(20)]);
    expect(one.ids()).toEqual(two.ids());
  });

  it('refuses a topic that nobody declared', async () => {
    await expect(log().publish([event({ topic: 'nobody.knows.v1' })])).rejects.toThrow('nobody.knows.v1');
  });
}

function describeFailure({ log }: Context): void {
  it('hands the same batch over again until its handler succeeds, and other partitions go on', async () => {
    const recorder = new EventRecorder();
    let failures = 0;
    recorder.before = ({ events }) => {
      if (events.some(({ key }) => key === 'alpha') && failures < 2) {
        failures++;
        throw new Error('the database is away');
      }
    };
    await log().publish(published(16));
    await log().subscribe(options, recorder.handle);
    await recorder.count(16);
    expect(failures).toBe(2);
    expect(recorder.ids()).toHaveLength(16);
    expect(recorder.attempts.filter((ids) => ids.includes('e0'))).toHaveLength(3);
  });

  it('commits nothing of a batch whose handler fails', async () => {
    const recorder = new EventRecorder();
    const failed = new Gate();
    recorder.before = () => {
      failed.open();
      throw new Error('the gate is away');
    };
    await log().publish([event({ topic: STREAM, key: 'alpha' })]);
    const subscription = await log().subscribe(options, recorder.handle);
    await failed.opened;
    await subscription.stop();
    expect([...(await log().committedOffsets('billing', STREAM)).values()].filter((next) => next > 0n)).toEqual([]);
  });

  it('puts poison into the dead letters with its bytes and its reason, and the batch goes on', async () => {
    const recorder = new EventRecorder();
    recorder.poison = ({ id }) => (id === 'bad' ? 'unknown account' : null);
    const bad = event({ topic: STREAM, key: 'alpha', id: 'bad', headers: { kept: 'yes' }, body: '{"broken":' });
    await log().publish([event({ topic: STREAM, key: 'alpha', id: 'before' }), bad]);
    await log().publish([event({ topic: STREAM, key: 'alpha', id: 'after' })]);
    await log().subscribe(options, recorder.handle);
    const letters = new EventRecorder();
    await log().subscribe({ ...options, group: 'people', topics: [`${STREAM}.dlq`] }, letters.handle);
    await Promise.all([recorder.count(3), letters.count(1)]);
    const [letter] = letters.events;
    if (letter === undefined) throw new Error('no dead letter came');
    expect(letter).toMatchObject({ key: 'alpha', id: 'bad', type: bad.type, body: '{"broken":' });
    expect(readDeadLetter(letter)).toEqual({
      error: 'unknown account',
      group: 'billing',
      topic: STREAM,
      partition: recorder.events[0]?.partition,
      offset: 1n,
      attempts: 1,
      diedAt: expect.any(Number),
    });
    expect(replayOf(letter)).toEqual(bad);
  });
}

function describeGroups({ log, open }: Context): void {
  it('goes on after a restart where the group has committed', async () => {
    const [before, after] = [new EventRecorder(), new EventRecorder()];
    await log().publish(published(20));
    const subscription = await log().subscribe(options, before.handle);
    await before.count(20);
    await subscription.stop();
    const restarted = await open();
    await restarted.publish(published(8, 20));
    await restarted.subscribe(options, after.handle);
    await after.count(8);
    expect(after.ids()).toEqual(
      published(8, 20)
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  it('shares partitions between two members, and one takes over what the other leaves', async () => {
    const [one, two] = [new EventRecorder(), new EventRecorder()];
    const other = await open();
    const leaving = await log().subscribe(options, one.handle);
    await other.subscribe(options, two.handle);
    let next = 0;
    while (one.events.length === 0 || two.events.length === 0) {
      const { length: seen } = [...one.events, ...two.events];
      await log().publish(published(8, next));
      next += 8;
      await EventRecorder.more([one, two], seen);
    }
    await leaving.stop();
    await log().publish(published(32, next));
    next += 32;
    await EventRecorder.all(
      [one, two],
      published(next).map(({ id }) => id),
    );
    expect(new Set(two.events.slice(-32).map(({ partition }) => partition)).size).toBeGreaterThan(1);
  });

  it('reads all of every topic when members of one group read different topics', async () => {
    const [one, two] = [new EventRecorder(), new EventRecorder()];
    await log().subscribe(options, one.handle);
    await log().subscribe({ ...options, topics: [TABLE] }, two.handle);
    await log().publish([...published(16), ...KEYS.map((key) => event({ topic: TABLE, key }))]);
    await Promise.all([one.count(16), two.count(KEYS.length)]);
    expect(new Set(one.events.map(({ topic }) => topic))).toEqual(new Set([STREAM]));
    expect(new Set(two.events.map(({ topic }) => topic))).toEqual(new Set([TABLE]));
  });
}

function describePositions({ log }: Context): void {
  it('finishes the running batch and commits it before a subscription is stopped', async () => {
    const [entered, gate] = [new Gate(), new Gate()];
    await log().publish([event({ topic: STREAM, key: 'alpha' })]);
    const subscription = await log().subscribe(options, async () => {
      entered.open();
      await gate.opened;
      return [];
    });
    await entered.opened;
    const stopped = subscription.stop();
    gate.open();
    await stopped;
    expect([...(await log().committedOffsets('billing', STREAM)).values()]).toContain(1n);
  });

  it('tells how far a topic goes and how far a group is', async () => {
    const recorder = new EventRecorder();
    expect([...(await log().endOffsets(STREAM)).values()]).toEqual([0n, 0n, 0n, 0n]);
    await log().publish(published(24));
    const ends = await log().endOffsets(STREAM);
    expect([...ends.values()].reduce((sum, end) => sum + end)).toBe(24n);
    expect(await log().committedOffsets('billing', STREAM)).toEqual(new Map());
    const subscription = await log().subscribe(options, recorder.handle);
    await recorder.count(24);
    await subscription.stop();
    const committed = await log().committedOffsets('billing', STREAM);
    for (const [partition, end] of ends) expect(committed.get(partition) ?? 0n).toBe(end);
  });
}

function describeReading({ log }: Context): void {
  it('reads at most so many events of one partition from an offset on', async () => {
    await log().publish(Array.from({ length: 9 }, (_, index) => event({ topic: STREAM, key: 'a', id: `r${index}` })));
    const partition = [...(await log().endOffsets(STREAM))].find(([, end]) => end > 0n)?.[0] ?? 0;
    const read = await log().read(STREAM, partition, 3n, 4);
    expect(read.map(({ id, offset }) => [id, offset])).toEqual([
      ['r3', 3n],
      ['r4', 4n],
      ['r5', 5n],
      ['r6', 6n],
    ]);
    expect(await log().read(STREAM, partition, 9n, 4)).toEqual([]);
  });

  it('follows a compacted topic from the latest value of each key on, tombstones included', async () => {
    const row = (key: string, body: string | null) => event({ topic: TABLE, key, body });
    await log().publish([row('a', '1'), row('b', '1'), row('a', '2'), row('c', '1')]);
    await log().publish([row('b', null)]);
    const seen = new EventRecorder();
    const follower = await log().follow(TABLE, seen.take);
    await follower.caughtUp;
    const table = new Map(seen.events.map(({ key, body }) => [key, body]));
    expect(table).toEqual(
      new Map([
        ['a', '2'],
        ['b', null],
        ['c', '1'],
      ]),
    );
    const { length } = seen.events;
    await log().publish([row('a', null), row('c', '2')]);
    await seen.count(length + 2);
    const later = new Map(seen.events.slice(length).map(({ key, body }) => [key, body]));
    expect(later).toEqual(
      new Map([
        ['a', null],
        ['c', '2'],
      ]),
    );
    await follower.stop();
  });

  it('has caught up with an empty topic at once', async () => {
    const follower = await log().follow(TABLE, () => undefined);
    await expect(follower.caughtUp).resolves.toBeUndefined();
  });

  it('goes on following after an event that its reader cannot take', async () => {
    const seen = new EventRecorder();
    const follower = await log().follow(TABLE, (one) => {
      if (one.key === 'bad') throw new Error('cannot be read');
      seen.take(one);
    });
    await log().publish(['bad', 'a', 'b', 'c'].map((key) => event({ topic: TABLE, key })));
    await seen.count(3);
    await follower.stop();
    expect(seen.events.map(({ key }) => key).toSorted()).toEqual(['a', 'b', 'c']);
  });
}
