import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { dialectSchema } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';

import { root } from './bootstrap/workspace.mjs';
import { read } from './rules/sources.mjs';

const folder = 'libs/dialects/golden';
const suffix = '.expected.json';

/** The traps that docs of the providers hide (docs/money.md, "Prices"), by the word that a golden file names. */
const traps = [
  'input-includes-cache',
  'input-excludes-cache',
  'cache-writes-of-openai',
  'one-hour-writes',
  'reasoning-excluded-by-gemini',
  'reasoning-excluded-by-xai',
  'cumulative-message-delta',
  'iterations-of-compaction',
  'iterations-of-an-advisor',
  'cache-hits-of-deepseek',
  'tier-of-the-response',
];

const goldens = readdirSync(join(root, folder)).flatMap((dialect) =>
  readdirSync(join(root, folder, dialect))
    .filter((file) => file.endsWith(suffix))
    .map((file) => ({
      dialect,
      name: file.slice(0, -suffix.length),
      expected: JSON.parse(read(`${folder}/${dialect}/${file}`)),
    })),
);

describe('golden usage', () => {
  it.each(dialectSchema.options)('of %s has a payload that is charged and one that is refused', (dialect) => {
    const own = goldens.filter((golden) => golden.dialect === dialect);
    expect(own.some(({ expected }) => expected.costNanoUsd !== undefined)).toBe(true);
    expect(own.some(({ expected }) => expected.problem !== undefined)).toBe(true);
  });

  it('covers every trap', () => {
    const named = new Set(goldens.flatMap(({ expected }) => expected.trap ?? []));
    expect(named).toEqual(new Set(traps));
  });

  it('has its cost worked out by hand, and ends with that figure', () => {
    const offenders = goldens
      .filter(({ expected }) => expected.costNanoUsd !== undefined)
      .filter(({ expected }) => {
        const last = expected.workedOut?.at(-1)?.replaceAll(/[, ]/g, '') ?? '';
        return !last.includes(expected.costNanoUsd);
      })
      .map(({ dialect, name }) => `${dialect}/${name}`);
    expect(offenders).toEqual([]);
  });

  it('has no payload that nothing is expected of', () => {
    const known = new Set(goldens.map(({ dialect, name }) => `${dialect}/${name}`));
    const stray = readdirSync(join(root, folder))
      .flatMap((dialect) => readdirSync(join(root, folder, dialect)).map((file) => `${dialect}/${file}`))
      .filter((path) => !known.has(path.replace(/(?:\.expected)?\.(?:json|sse)$/, '')));
    expect(stray).toEqual([]);
  });
});
