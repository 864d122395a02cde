import { readFileSync } from 'node:fs';

import { servedProviders } from '@apilink/catalog';
import { describeEnvironment } from '@apilink/service';
import { describe, expect, it } from '@jest/globals';

import { routerEnvironmentSchema } from './router.config.js';

describe('the router’s environment', () => {
  const variables = describeEnvironment(routerEnvironmentSchema);

  it('stands in the README as the schema has it', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(
      ([, name, byDefault, meaning]) => ({
        name,
        required: byDefault === 'required',
        description: meaning,
      }),
    );
    expect(rows).toEqual(variables);
  });

  it('has the variables of every built-in provider', () => {
    const names = new Set(variables.map(({ name }) => name));
    const needed = servedProviders.flatMap(({ keyVariable, baseUrlVariable }) => [keyVariable, baseUrlVariable]);
    expect(needed.filter((name) => name !== null && !names.has(name))).toEqual([]);
  });
});
