import { readFileSync } from 'node:fs';

import { z } from 'zod';

import { errorCode } from '../error-filter/error-code.js';
import { ConfigurationError } from './configuration-error.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a service's variables by its schema, which names each variable as it stands in the environment. A variable may
 * come as `NAME_FILE` too: the path of a file that holds the value (as orchestrators mount secrets). An empty value
 * counts as absent. Throws ConfigurationError with one sentence that names the variable and what is expected; the
 * value itself is never told, for it may be a secret.
 */
export function readEnvironment<Schema extends z.ZodObject>(schema: Schema, env: Environment): z.output<Schema> {
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = readVariable(name, env);
    if (value !== undefined) values[name] = value;
  }
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0] ?? 'environment');
  if (values[name] === undefined) throw new ConfigurationError(`${name} is required: ${expectation(schema, name)}.`);
  throw new ConfigurationError(`${name} has a wrong value: ${sentence(issue?.message ?? 'it is not valid')}.`);
}

function readVariable(name: string, env: Environment): string | undefined {
  const direct = env[name];
  const path = env[`${name}_FILE`];
  if (path === undefined || path === '') return direct === '' ? undefined : direct;
  if (direct !== undefined && direct !== '')
    throw new ConfigurationError(`${name} and ${name}_FILE are both set: leave one of them out.`);
  try {
    const content = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return content === '' ? undefined : content;
  } catch (error) {
    throw new ConfigurationError(`${name}_FILE names ${path}, which cannot be read (${errorCode(error)}).`, {
      cause: error,
    });
  }
}

function expectation(schema: z.ZodObject, name: string): string {
  return schema.shape[name] instanceof z.ZodType ? (schema.shape[name].description ?? 'set it') : 'set it';
}

function sentence(message: string): string {
  const lower = message.charAt(0).toLowerCase() + message.slice(1);
  return lower.replace(/\.$/, '');
}

/** One row of a README's table of variables. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
}

/** What a schema reads, for the test that holds a README's table equal to it. */
export function describeEnvironment(schema: z.ZodObject): readonly EnvironmentVariable[] {
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    required: !z.safeParse(field, undefined).success,
    description: expectation(schema, name),
  }));
}
