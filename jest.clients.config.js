import unit from './jest.config.js';

/** The real clients, two at a time, against one ApiLink: `npm run test:clients` installs them and starts it. */
export default {
  ...unit,
  testMatch: ['<rootDir>/e2e/dist/clients/**/*.spec.js'],
  testPathIgnorePatterns: [],
  maxWorkers: 2,
  testTimeout: 60_000,
};
