import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { environmentSchema, readSettings } from './environment.config.js';

describe('environment of standalone', () => {
  it('is the table of the README', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const documented = [...readme.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, name]) => name);
    expect(documented).toEqual(Object.keys(environmentSchema.shape));
  });

  it('has a default for everything', () => {
    expect(readSettings({})).toMatchObject({ port: 8787, adminPort: 8887, host: '127.0.0.1', databaseUrl: null });
  });

  it.each([
    [{ PORT: 'http' }, /^PORT /],
    [{ PORT: '65500' }, /^PORT /],
    [{ HOLD_EXPIRY: 'soon' }, /^HOLD_EXPIRY /],
    [{ KEY_DEFAULT_RPM: '0' }, /^KEY_DEFAULT_RPM /],
    [{ IP_CONCURRENCY: '-1' }, /^IP_CONCURRENCY /],
    [{ DATABASE_URL: 'mysql://x' }, /^DATABASE_URL /],
    [
      { APILINK_CONFIG: '/nowhere/apilink.yaml' },
      /^APILINK_CONFIG names \/nowhere\/apilink\.yaml, which does not exist/,
    ],
    [{ KAFKA_BROKERS: 'localhost:9092' }, /^KAFKA_BROKERS is set, but this release has only the Postgres adapter/],
    [{ HOLD_STORE: 'redis' }, /^REDIS_URL is set/],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL /],
  ])('names the variable of %j in one sentence', (env, sentence) => {
    expect(() => readSettings(env)).toThrow(sentence);
  });
});
