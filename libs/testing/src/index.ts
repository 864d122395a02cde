export { ManualClock } from './manual-clock.js';
export { createTestDatabase, type TestConnectionOptions, type TestDatabase } from './test-database.js';
