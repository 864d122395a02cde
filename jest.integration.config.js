import unit from './jest.config.js';

/** Integration suites against real stores. A suite that cannot run is named at the end; with CI=true that fails the run. */
export default {
  ...unit,
  testMatch: ['<rootDir>/{apps,libs}/*/dist/**/*.it.spec.js'],
  testPathIgnorePatterns: [],
  maxWorkers: 2,
  testTimeout: 60_000,
};
