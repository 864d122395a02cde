export { busyPortProblem, freeClusterPort, type PortRange } from './busy-port.js';
export { Cluster, type ClusterOptions, type LostProcess, type Step } from './cluster.js';
export type { Variables } from './cluster-environment.js';
export type { ClusterQuickstart } from './cluster-folder.js';
export {
  clusterLimits,
  planCluster,
  type ClusterServiceName,
  type ClusterSize,
  type PlannedProcess,
} from './cluster-plan.js';
export { ClusterService } from './cluster-service.js';
export { checkout, runApilink, type CommandAnswer } from './command-line.js';
export { freePort } from './free-port.js';
export { startKafka, type KafkaOptions, type RunningKafka } from './kafka-server.js';
export type { LocalServer, LocalServerOptions } from './local-server.js';
export { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres-server.js';
export { startRedis, type RedisOptions, type RunningRedis } from './redis-server.js';
export { testKafka, testRedis } from './test-stores.js';
export { installationProblem } from './installation.js';
