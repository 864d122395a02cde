export { holdOpened, rateCard, TEST_TIME, usageFinal, usageVector } from './contract-builders.js';
export { failOnce } from './fail-once.js';
export { ManualClock } from './manual-clock.js';
export { TcpProxy } from './tcp-proxy.js';
export { createTestDatabase, type TestConnectionOptions, type TestDatabase } from './test-database.js';
export { testId, testUuid } from './test-ids.js';
export { startOtlpCollector, type CollectedSpan, type OtlpCollector } from './otlp-collector.js';
export {
  isConfigurationName,
  protocolConfigurations,
  type ProtocolConfigurationName,
} from './gate-protocol/protocol-configurations.js';
export { protocolRules, type ProtocolRule } from './gate-protocol/protocol-rules.js';
export { type ProtocolState } from './gate-protocol/protocol-state.js';
export { ProtocolWalk, type WalkedStep } from './gate-protocol/protocol-walk.js';
export { proofDepth, proofSeed, proofTitle } from './proof-depth.js';
export {
  choicesTo,
  searchProtocol,
  type ProtocolFinding,
  type ProtocolSearch,
} from './gate-protocol/protocol-search.js';
export { chatStreamViolations, type ChatStreamWish } from './stream-grammar/chat-stream-grammar.js';
export { geminiStreamViolations } from './stream-grammar/gemini-stream-grammar.js';
export { messagesStreamViolations } from './stream-grammar/messages-stream-grammar.js';
export { responsesResourceViolations } from './stream-grammar/responses-resource-grammar.js';
export { responsesStreamViolations } from './stream-grammar/responses-stream-grammar.js';
export { type StreamEnd } from './stream-grammar/told-events.js';
