import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { durationSchema } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { ConfigurationError } from './configuration-error.js';
import { describeEnvironment, readEnvironment } from './environment.js';
import { byteSizeSchema, databaseUrlSchema, flagSchema, integerVariable, serviceTokensSchema } from './variables.js';

const schema = z.object({
  DATABASE_URL: databaseUrlSchema.describe('Where the tables are'),
  HOLD_EXPIRY: durationSchema.prefault('90s').describe('Life of a hold'),
  SPOOL_MAX: byteSizeSchema.prefault('64MiB').describe('Size of the spool'),
  KEY_DEFAULT_RPM: integerVariable(1, 1_000_000).prefault('60000').describe('Requests a minute'),
  VERBOSE: flagSchema.optional().describe('Says more'),
});
const DATABASE_URL = 'postgres://u:p@localhost/x';

describe('readEnvironment', () => {
  it('gives typed values and defaults', () => {
    expect(readEnvironment(schema, { DATABASE_URL, HOLD_EXPIRY: '3s', VERBOSE: 'true', OTHER: '1' })).toEqual({
      DATABASE_URL,
      HOLD_EXPIRY: 3000,
      SPOOL_MAX: 67_108_864,
      KEY_DEFAULT_RPM: 60_000,
      VERBOSE: true,
    });
  });

  it.each([
    [{}, 'DATABASE_URL is required: Where the tables are.'],
    [{ DATABASE_URL: '' }, 'DATABASE_URL is required: Where the tables are.'],
    [
      { DATABASE_URL: 'mysql://secret@x' },
      'DATABASE_URL has a wrong value: expected a URL like postgres://user:password@host:5432/database.',
    ],
    [
      { DATABASE_URL, HOLD_EXPIRY: '90' },
      'HOLD_EXPIRY has a wrong value: expected a duration like 250ms, 90s, 10m or 24h.',
    ],
    [
      { DATABASE_URL, KEY_DEFAULT_RPM: '0' },
      'KEY_DEFAULT_RPM has a wrong value: expected a whole number from 1 to 1000000.',
    ],
    [{ DATABASE_URL, VERBOSE: 'yes' }, 'VERBOSE has a wrong value: expected true or false.'],
    [
      { DATABASE_URL, DATABASE_URL_FILE: '/x' },
      'DATABASE_URL and DATABASE_URL_FILE are both set: leave one of them out.',
    ],
    [{ DATABASE_URL_FILE: '/no/such' }, 'DATABASE_URL_FILE names /no/such, which cannot be read (ENOENT).'],
  ])('refuses %p in one sentence that names the variable and never its value', (env, sentence) => {
    expect(() => readEnvironment(schema, env)).toThrow(ConfigurationError);
    expect(() => readEnvironment(schema, env)).toThrow(sentence);
  });

  it('takes a secret from the file that NAME_FILE names, without its last line break', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'environment-')), 'url');
    writeFileSync(path, `${DATABASE_URL}\n`);
    expect(readEnvironment(schema, { DATABASE_URL_FILE: path }).DATABASE_URL).toBe(DATABASE_URL);
  });

  it('accepts one service token, or two while they are rotated, and no short one', () => {
    const [one, two] = ['a'.repeat(32), 'b'.repeat(40)];
    expect(serviceTokensSchema.parse(`${one}, ${two}`)).toEqual([one, two]);
    expect(serviceTokensSchema.safeParse('short').success).toBe(false);
    expect(serviceTokensSchema.safeParse([one, two, one].join(',')).success).toBe(false);
  });

  it('describes its variables for the tables of the READMEs', () => {
    expect(describeEnvironment(schema).slice(0, 2)).toEqual([
      { name: 'DATABASE_URL', required: true, description: 'Where the tables are' },
      { name: 'HOLD_EXPIRY', required: false, description: 'Life of a hold' },
    ]);
  });
});
