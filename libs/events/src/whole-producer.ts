import type { ICustomPartitioner, Message, Producer, TopicMessages } from 'kafkajs';

import { withDeadline } from './deadline.js';
import type { KafkaConnection } from './kafka-connection.js';
import { partitionOf } from './partitioner.js';

const CONNECT_DEADLINE_MS = 5_000;
const SEND_DEADLINE_MS = 8_000;
/** Long enough for a new leader to be elected. */
const RETRY = { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 };
/** Leaders move one by one when a broker dies; more rounds than that are no accident. */
const ROUNDS_MAX = 5;

/** What is needed of a producer of kafkajs. */
export type BatchSender = Pick<Producer, 'sendBatch'>;

/**
 * A producer that takes only the brokers' word for it. When a broker dies and its partitions move to one that has already
 * answered for its own, kafkajs calls the send a success and never sends what has moved. So each partition that was
 * chosen has to stand in the answer; what is missing is sent again, by the same producer: the sequence numbers are the
 * same, and a broker that has it already writes it once.
 */
export class WholeProducer {
  private readonly producer: Producer;
  private readonly chosen = new WeakMap<Message, number>();

  constructor(private readonly connection: KafkaConnection) {
    this.producer = connection.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: notingPartitioner(this.chosen),
      retry: RETRY,
    });
  }

  async connect(): Promise<void> {
    await withDeadline(this.producer.connect(), CONNECT_DEADLINE_MS, 'connecting to Kafka');
  }

  /** Resolves when every message is durable. After a rejection this producer must not be used any more. */
  async send(topicMessages: readonly TopicMessages[]): Promise<void> {
    await withDeadline(sendWhole(this.producer, topicMessages, this.chosen), SEND_DEADLINE_MS, 'publishing to Kafka');
  }

  /** What a send that was given up still tries reaches nobody: it would come after its own repetition. */
  discard(): void {
    this.connection.cut();
    this.producer.disconnect().catch(() => undefined);
  }
}

/**
 * The partition that Kafka's own clients choose, and a note of it for each message. That of kafkajs makes a number object
 * for each step of its hash: a fifth of what a message allocates.
 */
export function notingPartitioner(chosen: WeakMap<Message, number>): ICustomPartitioner {
  return () =>
    ({ message, partitionMetadata }) => {
      const { key } = message;
      // Without one the events of an account would lose their order.
      if (typeof key !== 'string') throw new Error('an event without a key cannot be published');
      const partition = partitionOf(key, partitionMetadata.length);
      chosen.set(message, partition);
      return partition;
    };
}

export async function sendWhole(
  producer: BatchSender,
  topicMessages: readonly TopicMessages[],
  chosen: WeakMap<Message, number>,
): Promise<void> {
  let left = [...topicMessages];
  for (let round = 1; left.length > 0; round++) {
    if (round > ROUNDS_MAX) throw new Error('no broker confirms some of the partitions that were sent to');
    const answers = await producer.sendBatch({ acks: -1, timeout: SEND_DEADLINE_MS, topicMessages: left });
    const confirmed = new Set(
      answers.filter(({ errorCode }) => errorCode === 0).map(({ topicName, partition }) => `${topicName}/${partition}`),
    );
    left = left
      .map(({ topic, messages }) => ({
        topic,
        messages: messages.filter((message) => !confirmed.has(`${topic}/${chosen.get(message)}`)),
      }))
      .filter(({ messages }) => messages.length > 0);
  }
}
