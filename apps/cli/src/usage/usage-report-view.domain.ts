import type { usageApi } from '@apilink/contracts';
import { formatUsd } from '@apilink/money';

import { usdText } from '../output/amount.domain.js';
import type { CsvRecord } from '../output/csv.domain.js';
import { listLines } from '../output/table.domain.js';

type UsageReport = usageApi.UsageReport;
type UsageSums = usageApi.UsageSums;

/** A report for people: the rows, what is left out of them, and what all requests come to. */
export function reportTable(report: UsageReport): string[] {
  const lines = report.rows.map((row) => cells(labelOf(row), row));
  const others = report.others === null ? [] : [cells('(all others)', report.others)];
  const total = report.rows.length === 0 ? [] : [cells('total', report.total)];
  return [
    `${report.from} to ${report.to}, ${report.by === 'hour' ? 'hours of UTC, days of' : 'days of'} ${report.timeZone}`,
    '',
    ...listLines(
      [
        { title: report.by.toUpperCase(), align: 'left' },
        { title: 'REQUESTS', align: 'right' },
        { title: 'INPUT', align: 'right' },
        { title: 'CACHED', align: 'right' },
        { title: 'OUTPUT', align: 'right' },
        { title: 'REASONING', align: 'right' },
        { title: 'CHARGE', align: 'right' },
        { title: 'PREMIUM ABSORBED', align: 'right' },
        { title: 'WRITTEN OFF', align: 'right' },
      ],
      [...lines, ...others, ...total],
      'No requests.',
    ),
  ];
}

/** A report for spreadsheets: one record per row; the total is for the reader's own sum. */
export function reportRecords(report: UsageReport): CsvRecord[] {
  const rows = report.rows.map((row) => ({ label: row.value, name: row.name ?? '', sums: row }));
  const others = report.others === null ? [] : [{ label: '(all others)', name: '', sums: report.others }];
  return [...rows, ...others].map(({ label, name, sums }) => ({
    [report.by]: label,
    name,
    requests: sums.requests,
    input_tokens: sums.inputTokens,
    cached_input_tokens: sums.cachedInputTokens,
    output_tokens: sums.outputTokens,
    reasoning_tokens: sums.reasoningTokens,
    charge_usd: formatUsd(sums.chargeNanoUsd),
    cache_premium_absorbed_usd: formatUsd(sums.cachePremiumAbsorbedNanoUsd),
    written_off_usd: formatUsd(sums.writtenOffNanoUsd),
  }));
}

function labelOf({ value, name }: usageApi.UsageReportRow): string {
  if (value === '') return '(none)';
  return name === null ? value : `${value} ${name}`;
}

function cells(label: string, sums: UsageSums): string[] {
  return [
    label,
    sums.requests.toString(),
    sums.inputTokens.toString(),
    sums.cachedInputTokens.toString(),
    sums.outputTokens.toString(),
    sums.reasoningTokens.toString(),
    usdText(sums.chargeNanoUsd),
    usdText(sums.cachePremiumAbsorbedNanoUsd),
    usdText(sums.writtenOffNanoUsd),
  ];
}
