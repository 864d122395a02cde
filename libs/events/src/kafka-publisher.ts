import type { TopicMessages } from 'kafkajs';

import { backoffMs } from './backoff.js';
import type { EventLogLogger, OutgoingEvent } from './event-log.js';
import type { KafkaConnection } from './kafka-connection.js';
import { messageBytes, toMessage } from './kafka-message.js';
import { confirm, PublishQueue, refuse, type QueuedEvent } from './publish-queue.js';
import { Waker } from './waker.js';
import { WholeProducer } from './whole-producer.js';

/** What waits 5 ms is sent, or 200 messages: kafkajs takes 144 µs of CPU for one message alone, 15 µs in a batch. */
const GATHER_MS = 5;
const GATHER_EVENTS = 200;
/** One send; a broker refuses a batch of one partition above 1,048,588 bytes. */
const SEND_LIMITS = { events: 1_000, bytes: 900_000 };
const EVENT_BYTES_MAX = 900_000;
/** What may wait; a publisher that is faster than the brokers is told so instead of filling the memory. */
const QUEUE_LIMITS = { events: 50_000, bytes: 64 * 1024 ** 2 };
/** While Kafka is away it is asked so often at least. */
const RECONNECT_MOST_MS = 1_000;

/** Nothing can be published now; it is tried again in the background, so a later call may succeed. */
export class EventLogAwayError extends Error {
  override readonly name = 'EventLogAwayError';
}

export interface KafkaPublisherOptions {
  readonly connect: () => KafkaConnection;
  /** The topic's name in Kafka. */
  readonly nameOf: (topic: string) => string;
  readonly logger: EventLogLogger;
}

/**
 * Sends events with acks=all, one send at a time, so that everything of one key keeps its order. The producer is
 * idempotent: what a send repeats by itself stands in the log once. A producer whose send failed is thrown away: its
 * next messages would take the sequence numbers of those that failed, and a broker that has them after all would
 * confirm the new ones without writing them.
 */
export class KafkaPublisher {
  private readonly queue = new PublishQueue(QUEUE_LIMITS);
  private readonly waker = new Waker();
  private producer: WholeProducer | null = null;
  private opening: Promise<WholeProducer> | null = null;
  /** Why Kafka is away; while it is, a call is refused at once. */
  private awayBecause: unknown = null;
  private sending: Promise<void> | null = null;
  private reconnecting: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(private readonly options: KafkaPublisherOptions) {}

  /** Resolves when all of it is durable. Rejects within seconds while Kafka is away, and at once when that is known. */
  publish(events: readonly OutgoingEvent[]): Promise<void> {
    if (events.length === 0) return Promise.resolve();
    if (this.isClosed) return Promise.reject(new Error('the event log is closed'));
    if (this.awayBecause !== null) return Promise.reject(this.awayError());
    const sizes = events.map(messageBytes);
    const tooLarge = events.find((_event, index) => (sizes[index] ?? 0) > EVENT_BYTES_MAX);
    if (tooLarge !== undefined) {
      return Promise.reject(new Error(`the event ${tooLarge.id} has more than ${EVENT_BYTES_MAX} bytes`));
    }
    const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
    if (!this.queue.hasRoomFor(events.length, total)) {
      return Promise.reject(new EventLogAwayError('Kafka is slower than the events come; the queue is full'));
    }
    return new Promise((resolve, reject) => {
      const publication = { left: events.length, isOver: false, resolve, reject };
      this.queue.add(events.map((event, index) => ({ event, bytes: sizes[index] ?? 0, publication })));
      this.schedule();
    });
  }

  /** Connects now, so that the first event does not have to wait for it; goes on trying in the background. */
  warmUp(): void {
    if (this.producer === null && this.sending === null) this.reconnect();
  }

  /** Sends what waits, then disconnects. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.flush();
    await this.sending;
    this.waker.wake();
    await this.reconnecting;
    this.discard();
  }

  private schedule(): void {
    if (this.sending !== null) return;
    if (this.queue.length >= GATHER_EVENTS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  private flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.sending !== null || this.queue.length === 0) return;
    this.sending = this.sendAll().finally(() => {
      this.sending = null;
      if (this.queue.length > 0) this.schedule();
    });
  }

  /** Never rejects. What came while a send was under way has waited long enough for the next. */
  private async sendAll(): Promise<void> {
    while (this.queue.length > 0) {
      let producer: WholeProducer;
      try {
        producer = this.producer ?? (await this.open());
      } catch (error) {
        this.goAway(error);
        return;
      }
      await this.send(producer, this.queue.take(SEND_LIMITS));
    }
  }

  private async send(producer: WholeProducer, entries: readonly QueuedEvent[]): Promise<void> {
    try {
      await producer.send(this.topicMessages(entries));
      confirm(entries);
    } catch (error) {
      refuse(entries, error);
      this.queue.dropAnswered();
      this.discard();
      this.options.logger.warn({ err: error, count: entries.length }, 'events could not be published');
    }
  }

  private topicMessages(entries: readonly QueuedEvent[]): TopicMessages[] {
    const byTopic = new Map<string, TopicMessages>();
    for (const { event } of entries) {
      const topic = this.options.nameOf(event.topic);
      const known = byTopic.get(topic);
      if (known === undefined) byTopic.set(topic, { topic, messages: [toMessage(event)] });
      else known.messages.push(toMessage(event));
    }
    return [...byTopic.values()];
  }

  private open(): Promise<WholeProducer> {
    this.opening ??= this.openProducer().finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  private async openProducer(): Promise<WholeProducer> {
    const producer = new WholeProducer(this.options.connect());
    try {
      await producer.connect();
    } catch (error) {
      producer.discard();
      throw error;
    }
    this.producer = producer;
    return producer;
  }

  private goAway(error: unknown): void {
    this.awayBecause = error;
    refuse(this.queue.takeAll(), this.awayError());
    this.options.logger.warn({ err: error }, 'Kafka is away; events are refused until it is back');
    this.reconnect();
  }

  private reconnect(): void {
    if (this.isClosed) return;
    this.reconnecting ??= this.keepConnecting().finally(() => {
      this.reconnecting = null;
    });
  }

  /** Never rejects. */
  private async keepConnecting(): Promise<void> {
    for (let failures = 1; !this.isClosed && this.producer === null; failures++) {
      try {
        await this.open();
        if (this.awayBecause !== null) this.options.logger.warn({}, 'Kafka is back; events are published again');
        this.awayBecause = null;
      } catch (error) {
        if (this.awayBecause === null) this.goAway(error);
        this.awayBecause = error;
        await this.waker.pause(Math.min(backoffMs(failures), RECONNECT_MOST_MS));
      }
    }
  }

  private awayError(): EventLogAwayError {
    return new EventLogAwayError('Kafka is away', { cause: this.awayBecause });
  }

  private discard(): void {
    this.producer?.discard();
    this.producer = null;
  }
}
