import { describe, expect, it } from '@jest/globals';
import type { Message, PartitionMetadata, ProducerBatch, RecordMetadata } from 'kafkajs';

import { partitionOf } from './partitioner.js';
import { notingPartitioner, sendWhole, type BatchSender } from './whole-producer.js';

const PARTITIONS = 4;
const metadata: PartitionMetadata[] = Array.from({ length: PARTITIONS }, (_, partitionId) => ({
  partitionId,
  partitionErrorCode: 0,
  leader: 1,
  replicas: [1],
  isr: [1],
}));
const KEYS = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'];
const topicMessages = [{ topic: 'usage', messages: KEYS.map((key) => ({ key, value: key })) }];

/** A producer that sends to some partitions alone, and calls that a success, as kafkajs does when leaders move. */
class Brokers {
  readonly chosen = new WeakMap<Message, number>();
  readonly sends: (readonly string[])[] = [];
  private readonly choose = notingPartitioner(this.chosen)();

  constructor(private readonly confirms: (partition: number, send: number) => boolean) {}

  readonly producer: BatchSender = {
    sendBatch: ({ topicMessages: sent = [] }: ProducerBatch) => {
      const answers = new Map<number, RecordMetadata>();
      const keys = sent.flatMap(({ topic, messages }) =>
        messages.map((message) => {
          const partition = this.choose({ topic, partitionMetadata: metadata, message });
          if (this.confirms(partition, this.sends.length)) {
            answers.set(partition, { topicName: topic, partition, errorCode: 0, baseOffset: '0' });
          }
          return String(message.key);
        }),
      );
      this.sends.push(keys);
      return Promise.resolve([...answers.values()]);
    },
  };
}

describe('a send to many partitions', () => {
  it('is over at once when every partition is confirmed', async () => {
    const brokers = new Brokers(() => true);
    await sendWhole(brokers.producer, topicMessages, brokers.chosen);
    expect(brokers.sends).toEqual([KEYS]);
  });

  it('sends again what no broker has confirmed, in its order, and nothing else', async () => {
    const moved = partitionOf('alpha', PARTITIONS);
    const brokers = new Brokers((partition, send) => partition !== moved || send > 1);
    await sendWhole(brokers.producer, topicMessages, brokers.chosen);
    const left = KEYS.filter((key) => partitionOf(key, PARTITIONS) === moved);
    expect(brokers.sends).toEqual([KEYS, left, left]);
  });

  it('fails when a partition is never confirmed', async () => {
    const brokers = new Brokers((partition) => partition !== partitionOf('beta', PARTITIONS));
    await expect(sendWhole(brokers.producer, topicMessages, brokers.chosen)).rejects.toThrow('no broker confirms');
    expect(brokers.sends).toHaveLength(5);
  });
});
