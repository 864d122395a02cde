import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startKafka, type RunningKafka } from '@apilink/local-stack';

import { EventRecorder, event, Gate } from './event-log.contract-recorder.js';
import type { OutgoingEvent } from './event-log.js';
import type { KafkaEventLog } from './kafka-event-log.js';
import { KafkaTestLogs, type FreshKafkaLogs } from './kafka-test-logs.js';
import { layoutsOf } from './topic-layout.js';

const STREAM = 'faults.stream.v1';
const TABLE = 'faults.table.v1';
const topics = layoutsOf([
  { name: STREAM, key: 'any', partitions: 4, cleanup: { policy: 'delete', retentionDays: 1 }, events: {} },
  { name: TABLE, key: 'any', partitions: 1, cleanup: { policy: 'compact' }, events: {} },
]);
const options = { group: 'billing', topics: [STREAM], batchMax: 10 };
const KEYS = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'];
const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) =>
    event({ topic: STREAM, key: KEYS[(from + index) % KEYS.length] ?? '', id: `e${from + index}` }),
  );
const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `e${index}`);

const same = (id: string) => event({ topic: STREAM, key: 'alpha', id });

function expectOrder(recorder: EventRecorder): void {
  for (const key of KEYS) {
    const first = new Set(recorder.events.filter((one) => one.key === key).map(({ id }) => Number(id.slice(1))));
    expect([...first]).toEqual([...first].toSorted((left, right) => left - right));
  }
}

describe('KafkaEventLog under faults', () => {
  let folder: string;
  let kafka: RunningKafka;
  let broker: KafkaTestLogs;
  let logs: FreshKafkaLogs;
  let log: KafkaEventLog;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'apilink-kafka-faults-'));
    // Members may be missed sooner than a broker allows by default.
    kafka = await startKafka({ folder, settings: { 'group.min.session.timeout.ms': '500' } });
  });
  afterAll(async () => {
    await kafka.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    broker = await KafkaTestLogs.on(kafka.brokers);
    logs = await broker.fresh(topics);
    log = logs.open();
  });
  afterEach(async () => {
    await logs.dispose();
    await broker.dispose();
  });

  /** As whoever has to publish does: again and again, the same ids, until it is durable. */
  async function publishSurely(events: readonly OutgoingEvent[]): Promise<void> {
    for (;;) {
      try {
        await log.publish(events);
        return;
      } catch {
        await new Promise((resolve) => {
          setTimeout(resolve, 100);
        });
      }
    }
  }

  it('loses nothing and keeps the order of each key when the broker is killed under publishing and consuming', async () => {
    const recorder = new EventRecorder();
    await log.subscribe(options, recorder.handle);
    await publishSurely(numbered(50, 0));
    await recorder.count(20);
    const killed = kafka.kill();
    const publishing = (async () => {
      for (let from = 50; from < 500; from += 50) await publishSurely(numbered(50, from));
    })();
    await killed;
    await kafka.restart();
    await publishing;
    await EventRecorder.all([recorder], idsOf(500));
    expectOrder(recorder);
  });

  it('refuses to publish within seconds while the broker is away, at once when that is known, and takes events again after it', async () => {
    await log.publish(numbered(1));
    await kafka.kill();
    const begunAt = performance.now();
    await expect(log.publish(numbered(1, 1))).rejects.toThrow(/connect|away|closed/i);
    expect(performance.now() - begunAt).toBeLessThan(10_000);
    await expect(publishSurelyOnce()).rejects.toThrow('Kafka is away');
    await kafka.restart();
    await publishSurely(numbered(1, 2));
    const recorder = new EventRecorder();
    await log.subscribe(options, recorder.handle);
    await EventRecorder.all([recorder], ['e0', 'e2']);

    /** The first refusal may come while the log still tries to reach the broker. */
    async function publishSurelyOnce(): Promise<void> {
      for (;;) {
        const startedAt = performance.now();
        try {
          await log.publish(numbered(1, 1));
        } catch (error) {
          if (performance.now() - startedAt < 50) throw error;
        }
      }
    }
  });

  it('subscribes and follows while the broker is away, and reads all once it is there', async () => {
    const [consumed, followed] = [new EventRecorder(), new EventRecorder()];
    await log.publish([...numbered(4), event({ topic: TABLE, key: 'a' })]);
    await kafka.kill();
    const late = logs.open();
    await late.subscribe(options, consumed.handle);
    const follower = await late.follow(TABLE, followed.take);
    await kafka.restart();
    await Promise.all([consumed.count(4), followed.count(1), follower.caughtUp]);
    expect(consumed.ids()).toEqual(idsOf(4));
  });

  it('goes on following after the broker was away', async () => {
    const followed = new EventRecorder();
    await log.follow(TABLE, followed.take);
    await log.publish([event({ topic: TABLE, key: 'a', id: 'before' })]);
    await followed.count(1);
    await kafka.kill();
    await kafka.restart();
    await publishSurely([event({ topic: TABLE, key: 'a', id: 'after' })]);
    await EventRecorder.all([followed], ['after']);
    expect(new Set(followed.ids())).toEqual(new Set(['before', 'after']));
  });

  it('lets a batch whose partition was lost meanwhile commit nothing over its successor', async () => {
    const [one, two] = [new EventRecorder(), new EventRecorder()];
    const [entered, gate] = [new Gate(), new Gate()];
    const patience = { sessionMs: 1_000, rebalanceMs: 1_000 };
    const slow = logs.open({ patience });
    const other = logs.open({ patience });
    await log.publish([same('a')]);
    await slow.subscribe(options, async (batch) => {
      entered.open();
      await gate.opened;
      return one.handle(batch);
    });
    await entered.opened;
    // The group waits a second for the busy member, then gives everything to the new one.
    const successor = await other.subscribe(options, two.handle);
    await two.count(1);
    await log.publish([same('b'), same('c')]);
    await two.count(3);
    await successor.stop();
    gate.open();
    await one.count(1);
    await log.publish([same('d')]);
    await EventRecorder.all([one, two], ['d']);
    expect(one.events.map(({ id }) => id)).toEqual(['a', 'd']);
    expect(two.events.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('stays a member while a batch takes longer than a session', async () => {
    const recorder = new EventRecorder();
    const patience = { sessionMs: 600, rebalanceMs: 1_000 };
    const slow = logs.open({ patience });
    await log.publish(numbered(1));
    await slow.subscribe(options, async (batch) => {
      if (recorder.attempts.length === 0) {
        await new Promise((resolve) => {
          setTimeout(resolve, 2_000);
        });
      }
      return recorder.handle(batch);
    });
    await recorder.count(1);
    await log.publish(numbered(1, 1));
    await recorder.count(2);
    expect(recorder.attempts).toEqual([['e0'], ['e1']]);
  });

  it('hands over everything again, in order, when the offsets of the group are set back to 0', async () => {
    const [before, after] = [new EventRecorder(), new EventRecorder()];
    await log.publish(numbered(40));
    const subscription = await log.subscribe(options, before.handle);
    await before.count(40);
    await subscription.stop();
    await logs.admin.setOffsets({
      groupId: `${logs.options.prefix}billing`,
      topic: `${logs.options.prefix}${STREAM}`,
      partitions: [0, 1, 2, 3].map((partition) => ({ partition, offset: '0' })),
    });
    await log.subscribe(options, after.handle);
    await after.count(40);
    expect(after.ids()).toEqual(before.ids());
    expectOrder(after);
  });

  it('puts poison into the dead letters when the broker is killed after the batch was handled', async () => {
    const [recorder, letters] = [new EventRecorder(), new EventRecorder()];
    let kills = 0;
    let killed: Promise<void> = Promise.resolve();
    recorder.before = () => {
      if (kills++ === 0) killed = kafka.kill();
    };
    recorder.poison = ({ id }) => (id === 'e1' ? 'unknown account' : null);
    await log.publish(['e0', 'e1', 'e2'].map(same));
    await log.subscribe(options, recorder.handle);
    await recorder.count(3);
    await killed;
    await kafka.restart();
    await log.subscribe({ ...options, group: 'people', topics: [`${STREAM}.dlq`] }, letters.handle);
    await letters.count(1);
    await publishSurely(numbered(1, 3));
    await EventRecorder.all([recorder], ['e0', 'e1', 'e2', 'e3']);
    expect(new Set(letters.ids())).toEqual(new Set(['e1']));
  });
});
