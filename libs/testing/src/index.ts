export { holdOpened, rateCard, TEST_TIME, usageFinal, usageVector } from './contract-builders.js';
export { failOnce } from './fail-once.js';
export { ManualClock } from './manual-clock.js';
export { TcpProxy } from './tcp-proxy.js';
export { createTestDatabase, type TestConnectionOptions, type TestDatabase } from './test-database.js';
export { testId, testUuid } from './test-ids.js';
export { startOtlpCollector, type CollectedSpan, type OtlpCollector } from './otlp-collector.js';
