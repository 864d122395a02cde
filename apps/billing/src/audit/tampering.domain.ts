import type { Specimen, SpecimenRow } from './audit.domain.js';

export type Pick = (row: SpecimenRow, index: number) => boolean;
export type Change = (row: SpecimenRow) => SpecimenRow | readonly SpecimenRow[];

/** Changes the picked rows of a table of the specimen; a change to no row removes it, one to several multiplies it. */
export function rows(table: string, pick: Pick, change: Change) {
  return (specimen: Specimen): Specimen => ({
    ...specimen,
    [table]: (specimen[table] ?? []).flatMap((row, index) => (pick(row, index) ? change(row) : [row])),
  });
}

export const first: Pick = (_row, index) => index === 0;

/** The row with this value in a column. */
export function where(column: string, value: unknown): Pick {
  return (row) => row[column] === value;
}

export function set(values: SpecimenRow): Change {
  return (row) => ({ ...row, ...values });
}

/** Adds to a column of whole numbers. */
export function add(column: string, amount: bigint): Change {
  return (row) => ({ ...row, [column]: (BigInt(String(row[column])) + amount).toString() });
}

export const remove: Change = () => [];
