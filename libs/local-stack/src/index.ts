export { freePort } from './free-port.js';
export { startKafka, type KafkaOptions, type RunningKafka } from './kafka-server.js';
export type { LocalServer, LocalServerOptions } from './local-server.js';
export { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres-server.js';
export { startRedis, type RedisOptions, type RunningRedis } from './redis-server.js';
export { testKafka, testRedis } from './test-stores.js';
