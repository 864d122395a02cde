import {
  accountIdSchema,
  lotIdSchema,
  suspenseIdSchema,
  type AccountId,
  type SuspenseReason,
  paymentsApi,
} from '@apilink/contracts';
import { z } from 'zod';

import { usdText } from '../output/amount.domain.js';
import { factLines, listLines, type Fact } from '../output/table.domain.js';
import { moneyText } from '../topup/money.domain.js';

export type Suspense = z.output<typeof paymentsApi.suspenseSchema>;

const reasons: Readonly<Record<SuspenseReason, string>> = {
  no_checkout: 'bank transfer',
  order_unknown: 'its order is not known',
  second_payment: 'the order was paid before',
  currency_differs: 'not the ordered currency',
  amount_differs: 'not the ordered amount',
  above_ceiling: 'the account would hold too much',
};

export function entryLines(entry: Suspense): string[] {
  return factLines(entryFacts(entry));
}

export function approvedLines(entry: z.output<typeof paymentsApi.suspenseApprovedSchema>): string[] {
  const { postedNanoUsd } = entry;
  return factLines([
    ...entryFacts(entry),
    ...(postedNanoUsd === null ? [] : [{ name: 'posted', value: usdText(postedNanoUsd) }]),
  ]);
}

export function entryTable(entries: readonly Suspense[]): string[] {
  return listLines(
    [
      { title: 'ENTRY', align: 'left' },
      { title: 'AMOUNT', align: 'right' },
      { title: 'STATE', align: 'left' },
      { title: 'WHY', align: 'left' },
      { title: 'REFERENCE', align: 'left' },
      { title: 'PAYER', align: 'left' },
      { title: 'ACCOUNT', align: 'left' },
    ],
    entries.map((entry) => [
      z.encode(suspenseIdSchema, entry.suspenseId),
      moneyText(entry.currency, entry.minorUnits),
      entry.state,
      reasons[entry.reason],
      entry.reference,
      entry.payer ?? '-',
      accountOf(entry),
    ]),
    'Nothing is in suspense.',
  );
}

function entryFacts(entry: Suspense): Fact[] {
  const { lotId, returnReference, askedBy, approvedBy, remark } = entry;
  return [
    { name: 'entry', value: z.encode(suspenseIdSchema, entry.suspenseId) },
    { name: 'amount', value: moneyText(entry.currency, entry.minorUnits) },
    { name: 'state', value: entry.state },
    { name: 'why', value: reasons[entry.reason] },
    { name: 'channel', value: entry.channel },
    { name: 'reference', value: entry.reference },
    { name: 'payer', value: entry.payer ?? '-' },
    ...(remark === null ? [] : [{ name: 'remark', value: remark }]),
    { name: 'account', value: accountOf(entry) },
    ...(askedBy === null ? [] : [{ name: 'asked by', value: askedBy }]),
    ...(approvedBy === null ? [] : [{ name: 'approved by', value: approvedBy }]),
    ...(lotId === null ? [] : [{ name: 'lot', value: z.encode(lotIdSchema, lotId) }]),
    ...(returnReference === null ? [] : [{ name: 'sent back as', value: returnReference }]),
    { name: 'received', value: `${new Date(entry.receivedAt).toISOString()}, recorded by ${entry.recordedBy}` },
  ];
}

/** A question mark stands for what is only proposed. */
function accountOf({ accountId, proposedAccountId }: Suspense): string {
  if (accountId !== null) return idText(accountId);
  return proposedAccountId === null ? '-' : `${idText(proposedAccountId)}?`;
}

function idText(accountId: AccountId): string {
  return z.encode(accountIdSchema, accountId);
}
