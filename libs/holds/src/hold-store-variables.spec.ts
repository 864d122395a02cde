import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from '@apilink/service';
import { z } from 'zod';

import { holdStoreKind, holdStoreVariables } from './hold-store-variables.js';

const schema = z.object(holdStoreVariables);
const kindOf = (env: Record<string, string>) => holdStoreKind(readEnvironment(schema, env));

describe('the variables of the gate', () => {
  it('choose Redis when one is named, else Postgres', () => {
    expect(kindOf({})).toBe('postgres');
    expect(kindOf({ REDIS_URL: 'rediss://gate.internal:6380' })).toBe('redis');
    expect(kindOf({ REDIS_SENTINELS: 'one:26379, [::1]:26380', REDIS_SENTINEL_NAME: 'gate' })).toBe('redis');
    expect(kindOf({ HOLD_STORE: 'postgres', REDIS_URL: 'redis://gate.internal' })).toBe('postgres');
  });

  it('read the addresses of Sentinels', () => {
    const { REDIS_SENTINELS } = readEnvironment(schema, { REDIS_SENTINELS: 'one.internal:26379, [fe80::1]:26380' });
    expect(REDIS_SENTINELS).toEqual([
      { host: 'one.internal', port: 26379 },
      { host: 'fe80::1', port: 26380 },
    ]);
  });

  it.each([
    ['REDIS_SENTINELS', 'one'],
    ['REDIS_SENTINELS', 'one:0'],
    ['REDIS_SENTINELS', 'one:70000,'],
    ['REDIS_URL', 'http://gate.internal'],
    ['REDIS_UNSAFE', 'yes'],
    ['HOLD_STORE', 'memory'],
  ])('refuse %s=%s by its name', (name, value) => {
    expect(() => kindOf({ [name]: value })).toThrow(new RegExp(`^${name} has a wrong value: expected`));
  });

  it('refuse what contradicts itself', () => {
    const both = { REDIS_URL: 'redis://gate.internal', REDIS_SENTINELS: 'one:26379', REDIS_SENTINEL_NAME: 'gate' };
    expect(() => kindOf(both)).toThrow('REDIS_URL and REDIS_SENTINELS are both set');
    expect(() => kindOf({ REDIS_SENTINELS: 'one:26379' })).toThrow('REDIS_SENTINEL_NAME is required');
    expect(() => kindOf({ HOLD_STORE: 'redis' })).toThrow('REDIS_URL is required');
  });
});
