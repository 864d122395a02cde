import { describe, expect, it } from '@jest/globals';
import { Partitioners } from 'kafkajs';

import { murmur2, partitionOf } from './partitioner.js';

describe('partitioner', () => {
  // The vectors of Kafka's own UtilsTest.testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as Kafka does, so that a key keeps its partition on either log', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('gives every key a partition in range, and the same one each time', () => {
    for (let index = 0; index < 1000; index++) {
      const partition = partitionOf(`acc_${index}`, 48);
      expect(partition).toBeGreaterThanOrEqual(0);
      expect(partition).toBeLessThan(48);
      expect(partitionOf(`acc_${index}`, 48)).toBe(partition);
    }
  });

  it('agrees with the partitioner of the client that publishes to Kafka', () => {
    const partitionMetadata = Array.from({ length: 48 }, (_, partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 1,
      replicas: [1],
      isr: [1],
    }));
    const choose = Partitioners.DefaultPartitioner();
    const keys = Array.from({ length: 500 }, (_, index) => `${'x'.repeat(index % 7)}acc_${index}`);
    for (const key of [...keys, '', 'ü', '发票', '🙂 emoji']) {
      const chosen = choose({ topic: 'usage.v1', partitionMetadata, message: { key, value: null } });
      expect({ key, partition: partitionOf(key, 48) }).toEqual({ key, partition: chosen });
    }
  });
});
