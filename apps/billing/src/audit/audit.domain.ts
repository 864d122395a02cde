/** One difference: which invariant of docs/money.md, which row, what was expected and what stands there. */
export interface AuditDifference {
  readonly invariant: string;
  readonly row: string;
  readonly expected: string;
  readonly found: string;
}

/** A statement that selects the rows that break one invariant as `row`, `expected`, `found`; it must not begin with WITH. */
export interface AuditCheck {
  /** The number stands in docs/money.md, "Invariants". */
  readonly invariant: string;
  readonly text: string;
}

/** Differences reported per check: enough to see the extent, few enough to read. */
export const DIFFERENCES_MAX = 1_000;

/** What two reads in a row both say. Anything else was movement: the second read has other values, or none. */
export function persisting(
  first: readonly AuditDifference[],
  second: readonly AuditDifference[],
): readonly AuditDifference[] {
  const again = new Set(second.map(identityOf));
  return first.filter((difference) => again.has(identityOf(difference)));
}

function identityOf({ invariant, row, expected, found }: AuditDifference): string {
  return JSON.stringify([invariant, row, expected, found]);
}
