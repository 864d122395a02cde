import { readFileSync } from 'node:fs';

import { describeEnvironment } from '@apilink/service';
import { describe, expect, it } from '@jest/globals';

import { statusEnvironmentSchema } from './status.config.js';

describe('the environment of status', () => {
  it('stands in the README as the schema has it', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(
      ([, name, byDefault, meaning]) => ({
        name,
        required: byDefault === 'required',
        description: meaning,
      }),
    );
    expect(rows).toEqual(describeEnvironment(statusEnvironmentSchema));
  });
});
