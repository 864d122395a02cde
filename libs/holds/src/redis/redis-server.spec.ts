import { describe, expect, it } from '@jest/globals';

import { readRedisInfo, refusalOf } from './redis-server.js';

const INFO = [
  '# Server',
  'redis_version:7.0.15',
  'run_id:0123456789abcdef0123456789abcdef01234567',
  'maxmemory_policy:noeviction',
  'aof_enabled:1',
  'role:master',
].join('\r\n');

function refusal(...changes: [string, string][]): string | null {
  const info = changes.reduce((text, [from, to]) => text.replace(from, to), INFO);
  return refusalOf(readRedisInfo(info), 'REDIS_URL', 'refuse');
}

describe('a Redis for the gate', () => {
  it('keeps what it is told and evicts nothing', () => {
    expect(refusal()).toBeNull();
    expect(refusal(['noeviction', 'volatile-lru'])).toContain('set maxmemory-policy noeviction there');
    expect(refusal(['aof_enabled:1', 'aof_enabled:0'])).toContain('set appendonly yes there');
  });

  it('is 6.2 or later', () => {
    expect(refusal(['7.0.15', '6.2.0'])).toBeNull();
    expect(refusal(['7.0.15', '6.0.16'])).toBe('REDIS_URL names a Redis 6.0.16: the gate needs 6.2 or later.');
    expect(refusal(['7.0.15', '5.0.7'])).toContain('needs 6.2');
  });

  it('is a primary', () => {
    expect(refusal(['role:master', 'role:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379'])).toContain(
      'name its primary 10.0.0.1:6379',
    );
  });

  it('says who it is', () => {
    expect(() => readRedisInfo('redis_version:7.0.15')).toThrow('run_id');
  });
});
