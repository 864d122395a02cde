import type { AccountId } from '@apilink/contracts';
import { creditOfCents, creditOfFen } from '@apilink/money';

import type { AuditDifference } from '../audit/audit.domain.js';
import type { BillingScenario } from '../scenario/billing-scenario.factory.js';
import type { OpenedLot, PaidLot } from './lot.service.js';

let payments = 0;

/** A payment of a scenario; the reference is one of its own unless a story says otherwise. */
export function payment(accountId: AccountId, change: Partial<PaidLot> = {}): PaidLot {
  payments += 1;
  const reference = change.reference ?? `pay-${payments}`;
  const paidMinorUnits = change.paidMinorUnits ?? 1_000n;
  return {
    accountId,
    channel: 'sandbox',
    reference,
    currency: 'USD',
    paidMinorUnits,
    creditNanoUsd: change.creditNanoUsd ?? creditOfCents(paidMinorUnits),
    fxQuote: null,
    receivingEntity: 'nz',
    payer: 'Acme',
    actor: 'test',
    businessKey: `topup:sandbox:${reference}`,
    ...change,
  };
}

/** As a payment channel's event does. */
export async function topUp(billing: BillingScenario, paid: PaidLot): Promise<OpenedLot> {
  const opened = await billing.database.transaction((sql) => billing.services.paidLots.openPaidLot(sql, paid));
  await billing.services.loads.follow(paid.accountId);
  return opened;
}

/** RMB at a quote of an operator. */
export async function topUpInFen(billing: BillingScenario, accountId: AccountId, fen: bigint): Promise<OpenedLot> {
  const { quoteId, rate } = await billing.services.fx.set({
    currency: 'CNY',
    marketRate: 712_340_000n,
    spreadBasisPoints: 50,
    validForMs: 60_000,
    actor: 'test',
  });
  const paid = { currency: 'CNY' as const, paidMinorUnits: fen, creditNanoUsd: creditOfFen(fen, rate) };
  return topUp(billing, payment(accountId, { ...paid, fxQuote: { quoteId, rate }, receivingEntity: 'cn' }));
}

/** All that the audit finds; nothing, in sound books. */
export async function auditDifferences(billing: BillingScenario): Promise<readonly AuditDifference[]> {
  const found: AuditDifference[] = [];
  await billing.services.audits.run('audit', (line) => {
    if (line.type === 'report') found.push(...line.differences);
  });
  return found;
}
