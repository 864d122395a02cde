/** One difference: which invariant of docs/money.md, which row, what was expected and what stands there. */
export interface AuditDifference {
  readonly invariant: string;
  readonly row: string;
  readonly expected: string;
  readonly found: string;
}

export type SpecimenRow = Readonly<Record<string, unknown>>;
/** Copies of tables, by their names: rows as JSON, a column that is left out is null. */
export type Specimen = Readonly<Record<string, readonly SpecimenRow[]>>;

/** One way in which books can be wrong; the check that it belongs to has to find it. */
export interface Tampering {
  readonly kind: string;
  readonly apply: (specimen: Specimen) => Specimen;
}

interface Checked {
  /** Begins with its number in docs/money.md, "The books"; unique among all checks. */
  readonly invariant: string;
  /** One sentence of what holds; docs/money.md lists it. */
  readonly description: string;
  /** At least one, for the self-test. */
  readonly tamperings: readonly Tampering[];
}

/**
 * A statement that selects the rows that break an invariant as `row`, `expected`, `found` (all text). It must not begin
 * with WITH, and every table that it reads has to be in the specimen: the self-test puts copies in front of the tables.
 */
export interface StatementCheck extends Checked {
  readonly text: string;
}

/**
 * A condition that a single row of a table breaks, as SQL over its columns. All of one table are asked in one pass: a table
 * of holds is read as often as it has to be, and no more.
 */
export interface RowCheck extends Checked {
  readonly table: string;
  readonly wrong: string;
  readonly row: string;
  readonly expected: string;
  readonly found: string;
}

/** The books as one moment shows them. */
export interface AuditedBooks {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A check that computes what no statement can; it reads page by page and holds no table in memory. */
export interface ComputedCheck extends Checked {
  readonly run: (
    books: AuditedBooks,
    progress: (checked: number, total: number) => void,
  ) => Promise<readonly AuditDifference[]>;
}

export type AuditCheck = StatementCheck | RowCheck | ComputedCheck;

/** The checks of one part of the books, and the rows of its own tables that the sound specimen needs for them. */
export interface AuditPart {
  readonly specimen: Specimen;
  readonly checks: readonly AuditCheck[];
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
