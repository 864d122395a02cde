import { describe, expect, it } from '@jest/globals';

import { productCodeIn, projects, read } from './rules/sources.mjs';

/** The points that the code reaches, and those that the drills of e2e end a process at. */
const reached = new Set(
  projects()
    .flatMap(({ folder }) => productCodeIn(folder))
    .flatMap(pointsOf),
);
const list = read('e2e/src/crash-points.ts');
const drilled = new Set([...list.matchAll(/'([a-z-]+\.[a-z-]+)'/g)].map(([, point]) => point));

describe('failpoints', () => {
  it('are all in the crash drills, and nothing else is', () => {
    expect(reached.size).toBeGreaterThan(0);
    expect(drilled).toEqual(reached);
  });

  it('stand in the README of a service', () => {
    const readmes = ['apps/billing/README.md', 'apps/edge-proxy/README.md'].map(read).join('\n');
    expect([...reached].filter((point) => !readmes.includes(`\`${point}\``))).toEqual([]);
  });

  it.each(['crash-anywhere', 'crash-embedded', 'crash-refund'])('are taken from the one list by %s', (drill) => {
    expect(read(`e2e/src/${drill}.e2e.spec.ts`)).toContain("from './crash-points.js'");
  });
});

function pointsOf(path) {
  return [...read(path).matchAll(/\.reach\('([^']+)'\)/g)].map(([, point]) => point);
}
