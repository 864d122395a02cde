import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startKafka, type RunningKafka } from '@apilink/local-stack';

import { EventRecorder, event } from './event-log.contract-recorder.js';
import type { KafkaEventLog } from './kafka-event-log.js';
import { KafkaTestLogs, type FreshKafkaLogs } from './kafka-test-logs.js';
import { layoutsOf } from './topic-layout.js';

const TABLE = 'compacted.table.v1';
const topics = layoutsOf([{ name: TABLE, key: 'any', partitions: 1, cleanup: { policy: 'compact' }, events: {} }]);
const row = (key: string, id: string) => event({ topic: TABLE, key, id });

describe('a table from which Kafka has taken superseded events', () => {
  let folder: string;
  let kafka: RunningKafka;
  let broker: KafkaTestLogs;
  let logs: FreshKafkaLogs;
  let log: KafkaEventLog;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'apilink-kafka-compaction-'));
    const settings = {
      'log.roll.ms': '1',
      'log.cleaner.backoff.ms': '50',
      'log.cleaner.min.cleanable.ratio': '0.01',
      'log.cleaner.max.compaction.lag.ms': '1',
    };
    kafka = await startKafka({ folder, settings });
  });
  afterAll(async () => {
    await kafka.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    broker = await KafkaTestLogs.on(kafka.brokers);
    logs = await broker.fresh(topics);
    log = logs.open();
    // Each call is a batch of records and a segment of its own; the last segment is never compacted.
    await log.publish([row('kept', 'kept'), ...Array.from({ length: 8 }, (_, index) => row('often', `old-${index}`))]);
    await log.publish([row('often', 'new')]);
    await log.publish([row('last', 'last')]);
    await log.publish([row('end', 'end')]);
    while ((await log.read(TABLE, 0, 0n, 100)).length > 4) await broker.admin.listTopics();
  });
  afterEach(async () => {
    await logs.dispose();
    await broker.dispose();
  });

  it('is read over its gaps, from any offset, to its end', async () => {
    const read = async (from: bigint, max: number) => (await log.read(TABLE, 0, from, max)).map(({ id }) => id);
    expect(await read(0n, 100)).toEqual(['kept', 'new', 'last', 'end']);
    expect(await read(1n, 100)).toEqual(['new', 'last', 'end']);
    expect(await read(5n, 2)).toEqual(['new', 'last']);
    expect(await read(12n, 100)).toEqual([]);
    expect([...(await log.endOffsets(TABLE)).values()]).toEqual([12n]);
  });

  it('is followed to its end, and as it grows', async () => {
    const seen = new EventRecorder();
    const follower = await log.follow(TABLE, seen.take);
    await follower.caughtUp;
    expect(seen.events.map(({ id }) => id)).toEqual(['kept', 'new', 'last', 'end']);
    await log.publish([row('kept', 'changed')]);
    await EventRecorder.all([seen], ['changed']);
    await follower.stop();
  });

  it('is consumed by a group, which is at its end then', async () => {
    const seen = new EventRecorder();
    const subscription = await log.subscribe({ group: 'g', topics: [TABLE], batchMax: 2 }, seen.handle);
    await EventRecorder.all([seen], ['kept', 'new', 'last', 'end']);
    await subscription.stop();
    expect(await log.committedOffsets('g', TABLE)).toEqual(await log.endOffsets(TABLE));
  });
});
