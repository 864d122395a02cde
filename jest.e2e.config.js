import unit from './jest.config.js';

/** One file per public claim, black box: each starts its own instance, so they run one after the other. */
export default {
  ...unit,
  testMatch: ['<rootDir>/e2e/dist/**/*.spec.js'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  testTimeout: 120_000,
};
