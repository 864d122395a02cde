import { describe, expect, it } from '@jest/globals';

import { compareGate } from './gate-comparison.service.js';
import { CHARGE_INVARIANT } from './charge-audit.service.js';
import { faithfulReading, gateTamperings } from './gate-tampering.factory.js';
import { tableChecks } from './table-audit.service.js';
import { tamperings } from './tampering.domain.js';

describe('the self-test of the audit', () => {
  it('has a tampering for every check of the tables', () => {
    const checked = [...tableChecks.map(({ invariant }) => invariant), CHARGE_INVARIANT].toSorted();
    expect([...new Set(tamperings.map(({ invariant }) => invariant))].toSorted()).toEqual(checked);
  });

  it('finds nothing in a gate that says what the tables say', () => {
    expect(compareGate(faithfulReading)).toEqual([]);
  });

  it.each(gateTamperings)('finds that $kind', ({ invariant, reading }) => {
    expect(compareGate(reading)).toContainEqual(expect.objectContaining({ invariant }));
  });
});
