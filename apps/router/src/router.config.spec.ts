import { readFileSync } from 'node:fs';

import { describeEnvironment } from '@apilink/service';
import { describe, expect, it } from '@jest/globals';

import { builtInProviders } from './catalog/built-in-provider.domain.js';
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

  it('has the variable of every built-in provider', () => {
    const names = new Set(variables.map(({ name }) => name));
    expect(builtInProviders.filter(({ variable }) => !names.has(variable))).toEqual([]);
  });
});
