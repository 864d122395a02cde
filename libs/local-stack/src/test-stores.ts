/** One Redis for this process of Jest: `TEST_REDIS_URL`, `REDIS_URL`, or one that is started and ends with the process. */
export async function testRedis(): Promise<{ readonly url: string }> {
  throw new Error('not yet');
}

/** One Kafka for this process of Jest: `TEST_KAFKA_BROKERS`, `KAFKA_BROKERS`, or one that is started and ends with it. */
export async function testKafka(): Promise<{ readonly brokers: string }> {
  throw new Error('not yet');
}
