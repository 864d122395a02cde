import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { describeEnvironment } from '@apilink/service';

import { billingEnvironmentSchema, readBillingEnvironment } from './billing.config.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const secrets = {
  DATABASE_URL: 'postgres://billing_app@localhost/apilink',
  OPERATOR_TOKEN: 'o'.repeat(32),
  SERVICE_TOKENS: 's'.repeat(32),
};

describe('the environment of billing', () => {
  it('is the table in the README', () => {
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(
      ([, name, byDefault, description]) => ({ name, required: byDefault === 'required', description }),
    );
    expect(rows).toEqual(describeEnvironment(billingEnvironmentSchema));
  });

  it('has a default for all that is no secret', () => {
    expect(readBillingEnvironment(secrets)).toMatchObject({ HOLD_EXPIRY: 90_000, DATABASE_POOL_MAX: 20 });
  });

  it.each([
    [{ ...secrets, OPERATOR_TOKEN: 'short' }, /^OPERATOR_TOKEN has a wrong value/],
    [{ ...secrets, SIGNING_KEY: '{}' }, /^SIGNING_KEY has a wrong value/],
    [{ ...secrets, DATABASE_URL: undefined }, /^DATABASE_URL is required/],
    [{ ...secrets, HOLD_EXPIRY: '0s' }, /^HOLD_EXPIRY has a wrong value/],
  ])('is refused in one sentence that names the variable', (env, sentence) => {
    expect(() => readBillingEnvironment(env)).toThrow(sentence);
  });
});
