export { consumerLag, exposeConsumerLag } from './consumer-lag.js';
export { createTopics, type CreateTopicsOptions } from './create-topics.js';
export { readDeadLetter, replayOf, type DeadLetter } from './dead-letter.js';
export {
  decodeEvent,
  encodeEvent,
  encodeTombstone,
  type DecodedEvent,
  type EventEnvelope,
  type EventType,
  type TypedEvent,
  type UnreadableCode,
} from './event-codec.js';
export {
  EventBatchContext,
  EventFailureFilter,
  EventLogStrategy,
  type EventLogStrategyOptions,
} from './event-log-strategy.js';
export { eventLogKind, eventLogVariables, type EventLogEnvironment, type EventLogKind } from './event-log-variables.js';
export type {
  BatchHandler,
  EventBatch,
  EventLog,
  EventLogLogger,
  Follower,
  LoggedEvent,
  OutgoingEvent,
  PoisonEvent,
  SubscribeOptions,
  Subscription,
} from './event-log.js';
export { KafkaEventLog, type KafkaEventLogOptions } from './kafka-event-log.js';
export { EventLogAwayError } from './kafka-publisher.js';
export { MemoryEventLog, type MemoryEventLogOptions } from './memory-event-log.js';
export { MemoryLogStorage } from './memory-log-storage.js';
export { openEventLog, type OpenEventLogOptions } from './open-event-log.js';
export { OutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';
export { countOutbox, outboxMigration, writeOutbox } from './outbox.js';
export { partitionOf } from './partitioner.js';
export { eventLogMigrations } from './postgres-event-log.migration.js';
export { PostgresEventLog, type PostgresEventLogOptions } from './postgres-event-log.js';
export { allTopicLayouts, layoutsOf, UnknownTopicError, type TopicLayout } from './topic-layout.js';
