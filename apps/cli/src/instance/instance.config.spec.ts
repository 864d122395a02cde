import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { environmentSchema } from './instance.config.js';

describe('environment of the command line', () => {
  it('is the table of the README', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const documented = [...readme.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, name]) => name);
    expect(documented).toEqual(Object.keys(environmentSchema.shape));
  });
});
