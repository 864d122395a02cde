import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, Module, UseFilters, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload } from '@nestjs/microservices';
import 'reflect-metadata';

import { EventFailureFilter, EventLogStrategy } from './event-log-strategy.js';
import { EventRecorder, event } from './event-log.contract-recorder.js';
import type { EventBatch, PoisonEvent } from './event-log.js';
import { MemoryEventLog } from './memory-event-log.js';
import { layoutsOf } from './topic-layout.js';

const ORDERS = 'orders.v1';
const PRICES = 'prices.v1';
const topic = (name: string) =>
  ({ name, key: 'any', partitions: 2, cleanup: { policy: 'delete', retentionDays: 1 }, events: {} }) as const;

@Injectable()
class Desk {
  readonly orders = new EventRecorder();
  readonly prices = new EventRecorder();
}

@Controller()
@UseFilters(new EventFailureFilter())
class OrderConsumer {
  constructor(private readonly desk: Desk) {}

  @EventPattern(ORDERS)
  takeOrders(@Payload() batch: EventBatch): Promise<readonly PoisonEvent[]> {
    return this.desk.orders.handle(batch);
  }

  @EventPattern(PRICES)
  async takePrices(batch: EventBatch): Promise<void> {
    await this.desk.prices.handle(batch);
  }
}

@Module({ providers: [Desk], controllers: [OrderConsumer] })
class DeskModule {}

describe('EventLogStrategy', () => {
  let log: MemoryEventLog;
  let warnings: { facts: object; message: string }[];
  let app: INestMicroservice;

  beforeEach(async () => {
    warnings = [];
    const note = (facts: object, message: string) => warnings.push({ facts, message });
    log = new MemoryEventLog({
      topics: layoutsOf([topic(ORDERS), topic(PRICES)]),
      logger: { warn: note, error: note },
    });
    app = await NestFactory.createMicroservice(DeskModule, {
      strategy: new EventLogStrategy({ log, group: 'desk', batchMax: 3 }),
      logger: false,
    });
  });
  afterEach(async () => {
    await app.close();
    await log.close();
  });

  it('hands whole batches to the method that is marked with the topic', async () => {
    const desk = app.get(Desk);
    await log.publish(['a', 'b', 'c', 'd'].map((id) => event({ topic: ORDERS, key: 'one', id })));
    await log.publish([event({ topic: PRICES, id: 'p' })]);
    await app.listen();
    await Promise.all([desk.orders.count(4), desk.prices.count(1)]);
    expect(desk.orders.batches.map(({ events }) => events.map(({ id }) => id))).toEqual([['a', 'b', 'c'], ['d']]);
    expect(desk.prices.batches[0]?.topic).toBe(PRICES);
  });

  it('hands a batch over again when the method rejects, and tells why', async () => {
    const desk = app.get(Desk);
    let isAway = true;
    desk.orders.before = () => {
      if (!isAway) return;
      isAway = false;
      throw new Error('the database is away');
    };
    await log.publish([event({ topic: ORDERS, id: 'a' })]);
    await app.listen();
    await desk.orders.count(1);
    expect(desk.orders.attempts).toEqual([['a'], ['a']]);
    expect(warnings[0]).toMatchObject({ facts: { err: { message: 'the database is away' }, group: 'desk' } });
  });

  it('sends what the method returns as poison to the dead letters', async () => {
    const desk = app.get(Desk);
    const letters = new EventRecorder();
    desk.orders.poison = ({ id }) => (id === 'bad' ? 'unknown account' : null);
    await log.publish(['good', 'bad'].map((id) => event({ topic: ORDERS, key: 'one', id })));
    await log.subscribe({ group: 'people', topics: [`${ORDERS}.dlq`], batchMax: 1 }, letters.handle);
    await app.listen();
    await letters.count(1);
    expect(letters.ids()).toEqual(['bad']);
  });

  it('finishes the running batch before the application is closed', async () => {
    const desk = app.get(Desk);
    await log.publish([event({ topic: ORDERS })]);
    await app.listen();
    await desk.orders.count(1);
    await app.close();
    const offsets = await log.committedOffsets('desk', ORDERS);
    expect([...offsets.values()]).toContain(1n);
  });
});
