import unit from './jest.config.js';

/** One file per public claim, black box: each starts its own instance, on ports of its worker (e2e/src/port-range.ts). */
export default {
  ...unit,
  testMatch: ['<rootDir>/e2e/dist/**/*.spec.js'],
  testPathIgnorePatterns: ['/e2e/dist/clients/'],
  maxWorkers: 2,
  testTimeout: 120_000,
};
