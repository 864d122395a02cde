import { describe, expect, it } from '@jest/globals';

import { auditChecks, auditParts, createSpecimen } from './audit-registry.factory.js';
import { compareGate } from './gate-comparison.service.js';
import { faithfulReading, gateTamperings } from './gate-tampering.factory.js';

describe('the checks of the audit', () => {
  it('each have a name of their own, a sentence and a tampering that they have to find', () => {
    const names = auditChecks.map(({ invariant }) => invariant);
    expect(new Set(names).size).toBe(names.length);
    for (const { invariant, description, tamperings } of auditChecks) {
      expect(invariant).toMatch(/^(?:[1-9]|1[0-3]) /);
      expect(description).toMatch(/^[A-Z].*\.$/s);
      expect(tamperings.length).toBeGreaterThan(0);
    }
  });

  it('read no table that the self-test has no copy of', () => {
    const copied = new Set(Object.keys(createSpecimen()));
    const read = auditChecks.flatMap((check) => {
      if ('table' in check) return [check.table];
      return 'text' in check ? tablesOf(check.text) : [];
    });
    expect(read.filter((table) => !copied.has(table))).toEqual([]);
  });

  it('of each part bring the rows of a table once', () => {
    const tables = auditParts.flatMap(({ specimen }) => Object.keys(specimen));
    expect(new Set(tables).size).toBe(tables.length);
  });
});

describe('the comparison of the gate', () => {
  it('finds nothing in a gate that says what the tables say', () => {
    expect(compareGate(faithfulReading)).toEqual([]);
  });

  it.each(gateTamperings)('finds that $kind', ({ invariant, reading }) => {
    expect(compareGate(reading)).toContainEqual(expect.objectContaining({ invariant }));
  });
});

function tablesOf(text: string): string[] {
  return [...text.matchAll(/(?<!DISTINCT )\b(?:FROM|JOIN)\s+([a-z_]+)\b/g)].flatMap(([, table]) => table ?? []);
}
