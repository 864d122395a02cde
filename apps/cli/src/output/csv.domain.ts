import { stringify } from 'csv-stringify/sync';

/** One line of a CSV file by column title; amounts are exact decimal texts. */
export type CsvRecord = Readonly<Record<string, string | number>>;

/**
 * CSV as RFC 4180 has it, with a header line. A text that a spreadsheet would take for a formula (a user named
 * `=HYPERLINK(…)`) gets an apostrophe in front: names come from outside.
 */
export function csvText(records: readonly CsvRecord[]): string {
  return stringify([...records], { header: true, escape_formulas: true, record_delimiter: '\r\n' });
}
