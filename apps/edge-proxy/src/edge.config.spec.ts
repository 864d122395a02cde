import { readFileSync } from 'node:fs';

import { describeEnvironment } from '@apilink/service';
import { describe, expect, it } from '@jest/globals';

import { edgeEnvironmentSchema, edgeIdOf, readEdgeEnvironment } from './edge.config.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const tokens = { SERVICE_TOKENS: 'x'.repeat(32) };

describe('environment of the edge', () => {
  it('is the table of the README', () => {
    const rows = [...readme.matchAll(/^\| `(\w+)` +\| (.+?) +\| (.+?) +\|$/gm)].map(([, name, , meaning]) => [
      name,
      meaning,
    ]);
    const described = describeEnvironment(edgeEnvironmentSchema).map(({ name, description }) => [name, description]);
    expect(rows).toEqual(described);
  });

  it('has the published defaults', () => {
    expect(readEdgeEnvironment(tokens)).toMatchObject({
      HOLD_EXPIRY: 90_000,
      KEY_DEFAULT_RPM: 60_000,
      KEY_DEFAULT_TPM: 100_000_000,
      KEY_DEFAULT_CONCURRENCY: 512,
      IP_CONCURRENCY: 100,
      SPOOL_BYTES_MAX: 64 * 1024 * 1024,
      SPOOL_AGE_MAX: 600_000,
    });
  });

  it('names two edges of one host apart, unless they are named', () => {
    expect(edgeIdOf(readEdgeEnvironment(tokens))).toMatch(new RegExp(`-${process.pid}$`));
    expect(edgeIdOf(readEdgeEnvironment({ ...tokens, EDGE_ID: 'north-1' }))).toBe('north-1');
  });

  it('refuses a wrong value with one sentence that names the variable', () => {
    expect(() => readEdgeEnvironment({ ...tokens, HOLD_EXPIRY: 'soon' })).toThrow(/^HOLD_EXPIRY .*duration/);
    expect(() => readEdgeEnvironment({})).toThrow(/^SERVICE_TOKENS is required/);
  });
});
