import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { telemetryVariables } from '../telemetry/telemetry-variables.js';
import { mainEnvironmentSchema } from './run-main.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

describe('what every service reads from the environment', () => {
  it('is the table in the README', () => {
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, name]) => name);
    expect(rows).toEqual([...Object.keys(mainEnvironmentSchema.shape), ...Object.keys(telemetryVariables)]);
  });
});
