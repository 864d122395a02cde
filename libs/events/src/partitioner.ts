const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/**
 * The partition of a key: `toPositive(murmur2(key bytes)) % partitions`, equal to Kafka's Java client
 * (org.apache.kafka.common.utils.Utils) and kafkajs' DefaultPartitioner, so that a key keeps its partition number
 * whichever log it is written to.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions;
}

/** Austin Appleby's MurmurHash2, 32 bits, signed, with Kafka's seed. */
export function murmur2(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const wholeWords = data.length - (data.length % 4);
  let hash = SEED ^ data.length;
  for (let index = 0; index < wholeWords; index += 4) {
    let word = Math.imul(view.getInt32(index, true), MULTIPLIER);
    word ^= word >>> 24;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  if (wholeWords < data.length) {
    for (let index = data.length - 1; index >= wholeWords; index--) {
      hash ^= view.getUint8(index) << (8 * (index - wholeWords));
    }
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}
