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

  it('takes the distributed adapter of whatever is named, and the embedded one of all else', () => {
    expect(readSettings({})).toMatchObject({ kafka: null, hasGateSchema: true });
    const kafka = readSettings({ KAFKA_BROKERS: '127.0.0.1:9092' });
    expect(kafka).toMatchObject({ kafka: { KAFKA_BROKERS: ['127.0.0.1:9092'] }, hasGateSchema: true });
    expect(readSettings({ REDIS_URL: 'redis://127.0.0.1' })).toMatchObject({ kafka: null, hasGateSchema: false });
    const both = { KAFKA_BROKERS: '127.0.0.1:9092', REDIS_URL: 'redis://127.0.0.1' };
    const overridden = { ...both, EVENT_LOG: 'postgres', HOLD_STORE: 'postgres' };
    expect(readSettings(overridden)).toMatchObject({ kafka: null, hasGateSchema: true });
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
    [{ KAFKA_BROKERS: 'localhost' }, /^KAFKA_BROKERS has a wrong value: expected host:port/],
    [{ HOLD_STORE: 'redis' }, /^REDIS_URL is required with HOLD_STORE=redis/],
    [{ REDIS_URL: 'http://127.0.0.1' }, /^REDIS_URL has a wrong value/],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL /],
  ])('names the variable of %j in one sentence', (env, sentence) => {
    expect(() => readSettings(env)).toThrow(sentence);
  });
});
