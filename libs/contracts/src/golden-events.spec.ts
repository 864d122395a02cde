import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { topics } from './topics.js';

const fixtures = new URL('../fixtures/', import.meta.url);
const published = Object.values(topics).flatMap(({ name, events }) =>
  Object.entries<z.ZodType>(events).map(([type, schema]) => ({ name, type, schema })),
);

function read(topic: string, type: string): unknown {
  return JSON.parse(readFileSync(new URL(`${topic}/${type}.json`, fixtures), 'utf8'));
}

/**
 * The files are events as they were published once. They are never edited, only added to: consumers of every later
 * release must be able to read what lies in the log.
 */
describe('golden events', () => {
  it.each(published)('has an example of $name $type', ({ name, type }) => {
    expect(existsSync(new URL(`${name}/${type}.json`, fixtures))).toBe(true);
  });

  it.each(published)('reads and writes $name $type without changing it', ({ name, type, schema }) => {
    const golden = read(name, type);
    expect(z.encode(schema, schema.parse(golden))).toEqual(golden);
  });

  it('has no example of an event that nobody publishes', () => {
    const known = new Set(published.map(({ name, type }) => `${name}/${type}.json`));
    const files = readdirSync(fixtures).flatMap((topic) =>
      readdirSync(new URL(`${topic}/`, fixtures)).map((file) => `${topic}/${file}`),
    );
    expect(files.filter((file) => !known.has(file))).toEqual([]);
  });

  it.each(published)('carries amounts of $name $type as decimal strings, never as JSON numbers', ({ name, type }) => {
    const amounts: unknown[] = [];
    JSON.stringify(read(name, type), (key, value: unknown) => {
      if (key.endsWith('NanoUsd') && value !== null) amounts.push(value);
      return value;
    });
    expect(amounts.filter((amount) => typeof amount !== 'string' || !/^\d+$/.test(amount))).toEqual([]);
  });
});
