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
export { MemoryEventLog, type MemoryEventLogOptions } from './memory-event-log.js';
export { MemoryLogStorage } from './memory-log-storage.js';
export { partitionOf } from './partitioner.js';
export { allTopicLayouts, layoutsOf, UnknownTopicError, type TopicLayout } from './topic-layout.js';
