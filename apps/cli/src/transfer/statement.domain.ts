import { paymentsApi } from '@apilink/contracts';
import { z } from 'zod';

import { CommandError, exitCodes } from '../command/command.errors.js';
import { amountSentence, currencySentence, parseCurrency, parseMinorUnits } from '../topup/money.domain.js';

export type BankTransfer = z.output<typeof paymentsApi.bankTransferSchema>;

/** Lines of one file: a statement of more is split. */
const LINES_MAX = 5_000;
const required = ['currency', 'amount', 'reference', 'payer'] as const;
const optional = ['remark', 'remittance_code', 'booked_on'] as const;

/**
 * Reads a bank statement as CSV (RFC 4180, UTF-8 with or without BOM): a line of column names, then one line a transfer.
 * The whole file is read before anything is sent; a line that cannot be read is named. Throws CommandError `negative`.
 */
export function readStatement(text: string): readonly BankTransfer[] {
  const [names = [], ...lines] = csvRecords(text.replace(/^\uFEFF/, ''));
  const columns = new Map(names.map((name, index) => [name.trim().toLowerCase(), index]));
  const missing = required.filter((name) => !columns.has(name));
  if (missing.length > 0) throw refused(1, `the columns ${missing.join(', ')} are missing; ${columnsSentence}.`);
  if (lines.length > LINES_MAX) throw refused(LINES_MAX + 2, `a file has at most ${LINES_MAX} lines.`);
  return lines.map((cells, index) => {
    const cell = (name: string): string =>
      (cells[columns.get(name) ?? -1] ?? '').trim().replaceAll(/\s*[\r\n]\s*/g, ' ');
    return readLine(index + 2, cell);
  });
}

const columnsSentence = `known are ${[...required, ...optional].join(', ')}`;

function readLine(line: number, cell: (name: string) => string): BankTransfer {
  const currency = parseCurrency(cell('currency'));
  if (currency === null) throw refused(line, currencySentence);
  const minorUnits = parseMinorUnits(cell('amount').replaceAll(',', ''));
  if (minorUnits === null) throw refused(line, amountSentence);
  const read = paymentsApi.bankTransferSchema.safeParse({
    currency,
    minorUnits: minorUnits.toString(),
    reference: cell('reference'),
    payer: cell('payer'),
    remark: cell('remark') || null,
    remittanceCode: cell('remittance_code') || null,
    bookedOn: cell('booked_on') || null,
  });
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw refused(line, `${issue?.path.join('.') ?? 'it'}: ${issue?.message ?? 'cannot be read'}.`);
}

function refused(line: number, detail: string): CommandError {
  return new CommandError(exitCodes.negative, `Line ${line} of the file: ${detail} Nothing was recorded.`);
}

/** Records of cells; quoted cells may hold commas, quotes and line ends. Empty lines are left out. */
function csvRecords(text: string): readonly (readonly string[])[] {
  const records: string[][] = [];
  let cells: string[] = [];
  const cellPattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  for (;;) {
    const match = cellPattern.exec(text);
    if (match === null) throw refused(records.length + 1, 'a quote is not closed, or stands within a cell.');
    const [, quoted, plain = '', end] = match;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (cells.length > 1 || cells[0] !== '') records.push(cells);
    cells = [];
    if (end === '' || cellPattern.lastIndex >= text.length) return records;
  }
}
