import type { Specimen, SpecimenRow as Row } from './audit.domain.js';
import { createCustomerSpecimen } from './specimen.factory.js';

/** Each facet with the column of the hold that is its value; null where these holds name none. */
const FACETS = [
  ['account', null],
  ['workspace', 'workspace_id'],
  ['key', 'key_id'],
  ['model', 'model_id'],
  ['user', null],
  ['app', null],
  ['outcome', 'outcome'],
] as const;
const HOUR_MS = 3_600_000;

/** The rollups of the specimen's ended holds; they name no user, app or tag, and all are of one hour. */
export function usageTables(): Specimen {
  const ended = (createCustomerSpecimen()['holds'] ?? []).filter(({ state }) => state !== 'open');
  const days = new Map<string, Row>();
  for (const hold of ended) {
    for (const [facet, column] of FACETS) {
      const value = column === null ? '' : textOf(hold[column]);
      const id = `${facet}/${value}`;
      days.set(id, summed(days.get(id) ?? null, hold, { facet, value }));
    }
  }
  const rows = [...days.values()];
  const hour = new Date(Math.floor(Date.parse(textOf(ended[0]?.['opened_at'])) / HOUR_MS) * HOUR_MS).toISOString();
  return {
    usage_days: rows,
    usage_hours: rows.filter(({ facet }) => facet !== 'user').map((row) => ({ ...row, hour })),
    usage_months: rows.map((row) => ({ ...row, month: textOf(row['day']).slice(0, 'YYYY-MM'.length) })),
  };
}

function summed(before: Row | null, hold: Row, { facet, value }: { facet: string; value: string }): Row {
  const sum = (column: string, more: unknown): string =>
    (BigInt(textOf(before?.[column] ?? '0')) + BigInt(textOf(more ?? '0'))).toString();
  return {
    account_id: hold['account_id'],
    facet,
    day: hold['period_day'],
    value,
    requests: sum('requests', '1'),
    charge_nano_usd: sum('charge_nano_usd', hold['charge_nano_usd']),
    written_off_nano_usd: sum('written_off_nano_usd', hold['written_off_nano_usd']),
    absorbed_nano_usd: sum('absorbed_nano_usd', hold['absorbed_nano_usd']),
    input_tokens: '0',
    output_tokens: sum('output_tokens', outputOf(hold['usage'])),
    cached_input_tokens: '0',
    reasoning_tokens: '0',
  };
}

function outputOf(usage: unknown): string {
  const output: unknown = typeof usage === 'object' && usage !== null && 'output' in usage ? usage.output : 0;
  return JSON.stringify(output);
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${JSON.stringify(value)} is no text`);
  return value;
}
