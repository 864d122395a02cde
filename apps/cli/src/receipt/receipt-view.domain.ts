import type { Receipt } from '@apilink/contracts';
import { formatUsd } from '@apilink/money';

import { usdText } from '../output/amount.domain.js';
import { factLines, tableLines, type Fact } from '../output/table.domain.js';

/** A receipt for people: the money first, then why, then the attempts. */
export function receiptLines(receipt: Receipt): string[] {
  return [
    ...factLines([
      { name: 'generation', value: receipt.id },
      { name: 'model', value: receipt.model },
      { name: 'state', value: receipt.state },
      { name: 'outcome', value: receipt.outcome ?? 'still running' },
      ...(receipt.reason === null ? [] : [{ name: 'reason', value: receipt.reason }]),
      money('hold', receipt.hold_nano_usd),
      money('charge', receipt.charge_nano_usd),
      money('released', receipt.released_nano_usd),
      ...(receipt.written_off_nano_usd === '0' ? [] : [money('written off by us', receipt.written_off_nano_usd)]),
      ...(receipt.cache_premium_absorbed_nano_usd === '0'
        ? []
        : [money('cache premium absorbed by us', receipt.cache_premium_absorbed_nano_usd)]),
      { name: 'charged by', value: receipt.charge_basis?.replace('_', ' ') ?? '-' },
      { name: 'price version', value: receipt.price_version ?? '-' },
      { name: 'usage', value: usageText(receipt) },
      { name: 'finish reason', value: receipt.finish_reason ?? '-' },
      { name: 'started', value: receipt.created_at },
      { name: 'ended', value: receipt.ended_at ?? '-' },
    ]),
    ...costLines(receipt),
    ...attemptLines(receipt.attempts),
  ];
}

function money(name: string, amount: string): Fact {
  return { name, value: usdText(BigInt(amount)), money: true };
}

function usageText(receipt: Receipt): string {
  if (receipt.usage === null) return '-';
  const counts = Object.entries(receipt.usage)
    .filter(([, units]) => units > 0)
    .map(([dimension, units]) => `${dimension} ${units}`);
  return `${counts.length === 0 ? 'nothing' : counts.join(', ')} (source: ${receipt.usage_source ?? 'none'})`;
}

/** Amounts in femto-USD to the last digit: what is rounded is only their sum. */
function costLines({ lines, metered_nano_usd: metered }: Receipt): string[] {
  if (lines.length === 0 || metered === null) return [];
  return [
    '',
    ...tableLines(
      [
        { title: 'USED', align: 'left' },
        { title: 'UNITS', align: 'right' },
        { title: 'PRICE', align: 'left' },
        { title: 'AMOUNT', align: 'right' },
      ],
      [
        ...lines.map((line) => [
          line.dimension,
          line.dimension === 'seconds' ? `${line.units} ms` : line.units.toString(),
          line.rate_usd_per_million === undefined
            ? `$${line.rate_usd_per_unit ?? '0'} each`
            : `$${line.rate_usd_per_million} per million`,
          femtoText(BigInt(line.amount_femto_usd)),
        ]),
        ['metered, rounded up', '', '', `${usdText(BigInt(metered))}      `],
      ],
    ),
  ];
}

function femtoText(femto: bigint): string {
  const nano = femto / 1_000_000n;
  return `$${formatUsd(nano)}${(femto % 1_000_000n).toString().padStart(6, '0')}`;
}

function attemptLines(attempts: Receipt['attempts']): string[] {
  if (attempts.length === 0) return [];
  return [
    '',
    ...tableLines(
      [
        { title: 'ATTEMPT', align: 'right' },
        { title: 'PROVIDER', align: 'left' },
        { title: 'RESULT', align: 'left' },
        { title: 'STARTED', align: 'left' },
        { title: 'FIRST TOKEN', align: 'right' },
      ],
      attempts.map((attempt, index) => [
        String(index + 1),
        attempt.provider,
        attempt.class,
        attempt.started_at,
        attempt.first_token_ms === null ? '-' : `${attempt.first_token_ms} ms`,
      ]),
    ),
  ];
}
