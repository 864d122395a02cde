import {
  accountIdSchema,
  generationIdSchema,
  keyIdSchema,
  rateCardSchema,
  workspaceIdSchema,
  type GenerationId,
  type HoldState,
  type Outcome,
} from '@apilink/contracts';
import { emptyUsage, priceVersionOf, type RateCard } from '@apilink/pricing';
import { z } from 'zod';

import type { Specimen, SpecimenRow } from './audit.domain.js';
import { customerLedgerAccountId, systemLedgerAccounts } from '../ledger/ledger-account.domain.js';
import {
  lateHoldIdOf,
  postedOf,
  postGrant,
  postUsage,
  transferIdOf,
  type CustomerBalance,
  type LedgerEntry,
} from '../ledger/ledger.domain.js';

const AT = '2026-11-22T08:00:00.000Z';
const NIL_TAIL = '-0000-7000-8000-000000000000';
export const specimenAccountId = accountIdSchema.out.parse(`00000001${NIL_TAIL}`);
export const specimenWorkspaceId = workspaceIdSchema.out.parse(`00000002${NIL_TAIL}`);
export const specimenKeyId = keyIdSchema.out.parse(`00000003${NIL_TAIL}`);
const generation = (digit: number): GenerationId => generationIdSchema.out.parse(`0000001${digit}${NIL_TAIL}`);
export const specimenHolds = {
  completed: generation(1),
  disconnected: generation(2),
  late: generation(3),
  voided: generation(4),
  open: generation(5),
} as const;

/** One nano-USD a token. */
const unpublished = {
  modelId: 'acme/specimen',
  endpointId: 'acme/acme/specimen',
  currency: 'USD' as const,
  rows: [
    {
      minInputTokens: 0,
      serviceTier: null,
      utcWindow: null,
      startsAt: null,
      sell: { input: 1_000_000n, output: 1_000_000n },
      cost: { input: 1_000_000n, output: 1_000_000n },
    },
  ],
};
const card: RateCard = { ...unpublished, priceVersion: priceVersionOf(unpublished) };
export const specimenPeriods = { day: '2026-11-22', week: '2026-W47', month: '2026-11' } as const;

interface SpecimenEnd {
  readonly generationId: GenerationId;
  readonly state: HoldState;
  readonly outcome: Outcome;
  readonly amount: bigint;
  readonly charge: bigint;
  readonly writtenOff: bigint;
  readonly tokens: number;
}

const ends: readonly SpecimenEnd[] = [
  end(specimenHolds.completed, { outcome: 'completed', amount: 500n, charge: 300n, tokens: 300 }),
  end(specimenHolds.disconnected, { outcome: 'client_disconnect', amount: 200n, charge: 200n, tokens: 50 }),
  end(specimenHolds.late, { state: 'late_settled', outcome: 'completed', charge: 60n, writtenOff: 40n, tokens: 100 }),
];

function end(generationId: GenerationId, facts: Partial<SpecimenEnd> & { outcome: Outcome; tokens: number }) {
  return { state: 'settled' as const, amount: 400n, charge: 0n, writtenOff: 0n, ...facts, generationId };
}

/** Postings of the specimen's customer: its grant and its ended holds. */
export const specimenLedgerVersion = BigInt(1 + ends.length);

/** The books of one customer: what every part of the audit stands on. Parts add the rows of their own tables. */
export function createCustomerSpecimen(): Specimen {
  const transfers: SpecimenRow[] = [];
  const entries: SpecimenRow[] = [];
  const post = (kind: 'credit_granted' | 'usage_settled', ref: string, posted: readonly LedgerEntry[]) => {
    const transferId = transferIdOf(kind, ref);
    transfers.push({ transfer_id: transferId, kind, ref, request_hash: '', actor: 'specimen', posted_at: AT });
    entries.push(...posted.map((entry) => entryRow(transferId, entry)));
    return transferId;
  };
  const granted = postGrant(emptyBalance, 1_000n);
  const grantId = post('credit_granted', 'specimen', granted.entries);
  let balance = granted.balance;
  const holds = ends.map((ended) => {
    const posting = postUsage(balance, {
      chargeNanoUsd: ended.charge,
      writtenOffNanoUsd: ended.writtenOff,
      writeOffReason: 'late',
      absorbedNanoUsd: 0n,
      costNanoUsd: 7n,
    });
    balance = posting.balance;
    return holdRow(ended, post('usage_settled', ended.generationId, posting.entries));
  });
  return {
    ...customerTables(balance),
    ledger_transfers: transfers,
    ledger_entries: entries,
    credit_grants: [grantRow(grantId)],
    holds: [...holds, voidedRow(), openRow()],
    late_settlements: [lateRow()],
    period_spends: spendRows(),
    prices: [{ price_version: card.priceVersion, card: z.encode(rateCardSchema, rateCardSchema.parse(wireCard())) }],
  };
}

function wireCard() {
  return {
    ...card,
    rows: card.rows.map((row) => ({ ...row, sell: wireRates(row.sell), cost: wireRates(row.cost) })),
  };
}

function wireRates(rates: object): Record<string, string> {
  return Object.fromEntries(Object.entries(rates).map(([dimension, rate]) => [dimension, String(rate)]));
}

const emptyBalance: CustomerBalance = {
  accountId: specimenAccountId,
  paidNanoUsd: 0n,
  promoNanoUsd: 0n,
  creditedNanoUsd: 0n,
  spentNanoUsd: 0n,
  refundingNanoUsd: 0n,
  gapNanoUsd: 0n,
  version: 0n,
  ledgerVersion: 0n,
};

function customerTables(balance: CustomerBalance) {
  const [account_id, workspace_id, key_id] = [specimenAccountId, specimenWorkspaceId, specimenKeyId];
  const since = { created_at: '2026-01-01T00:00:00.000Z', version: 1, status: 'active', name: 'specimen' };
  return {
    accounts: [{ ...since, account_id, time_zone: 'UTC', default_workspace_id: workspace_id }],
    workspaces: [
      { ...since, account_id, workspace_id, monthly_budget_nano_usd: '5000', budget_since: since.created_at },
    ],
    api_keys: [
      { ...since, account_id, workspace_id, key_id, monthly_cap_nano_usd: '5000', caps_since: since.created_at },
    ],
    gate_balances: [
      {
        account_id,
        posted_nano_usd: postedOf(balance).toString(),
        paid_nano_usd: balance.paidNanoUsd.toString(),
        promo_nano_usd: balance.promoNanoUsd.toString(),
        credited_nano_usd: balance.creditedNanoUsd.toString(),
        spent_nano_usd: balance.spentNanoUsd.toString(),
        version: '4',
        ledger_version: balance.ledgerVersion.toString(),
      },
    ],
    ledger_accounts: [
      ...systemLedgerAccounts.map(({ ledgerAccountId, kind, detail, currency }) => ({
        ledger_account_id: ledgerAccountId,
        kind,
        detail,
        currency,
      })),
      ...(['customer_paid', 'customer_promo'] as const).map((kind) => ({
        ledger_account_id: customerLedgerAccountId(kind, account_id),
        kind,
        account_id,
        detail: '',
        currency: 'USD',
      })),
    ],
  };
}

function entryRow(transferId: string, entry: LedgerEntry): SpecimenRow {
  return {
    transfer_id: transferId,
    ledger_account_id: entry.ledgerAccountId,
    amount: entry.amountNanoUsd.toString(),
    currency: 'USD',
    version: entry.version?.toString() ?? null,
    posted_after: entry.postedAfterNanoUsd?.toString() ?? null,
  };
}

function grantRow(transferId: string): SpecimenRow {
  return {
    transfer_id: transferId,
    account_id: specimenAccountId,
    amount_nano_usd: '1000',
    request_key: 'free-credit',
  };
}

const holdBase: SpecimenRow = {
  account_id: specimenAccountId,
  workspace_id: specimenWorkspaceId,
  key_id: specimenKeyId,
  model_id: card.modelId,
  candidates: [{ endpointId: card.endpointId, priceVersion: card.priceVersion }],
  period_day: specimenPeriods.day,
  period_week: specimenPeriods.week,
  period_month: specimenPeriods.month,
  epoch: 1,
  opened_at: AT,
  charge_nano_usd: '0',
  written_off_nano_usd: '0',
  absorbed_nano_usd: '0',
};

function holdRow(ended: SpecimenEnd, transferId: string): SpecimenRow {
  return {
    ...holdBase,
    generation_id: ended.generationId,
    state: ended.state,
    outcome: ended.outcome,
    amount_nano_usd: ended.amount.toString(),
    highest_nano_usd: ended.amount.toString(),
    charge_nano_usd: ended.charge.toString(),
    written_off_nano_usd: ended.writtenOff.toString(),
    usage: { ...emptyUsage, output: ended.tokens },
    usage_source: 'upstream',
    endpoint_id: card.endpointId,
    price_version: card.priceVersion,
    ended_at: AT,
    settled_at: AT,
    transfer_id: transferId,
  };
}

function voidedRow(): SpecimenRow {
  return {
    ...holdBase,
    generation_id: specimenHolds.voided,
    state: 'voided',
    outcome: 'rejected',
    amount_nano_usd: '0',
    highest_nano_usd: '0',
    usage: emptyUsage,
    usage_source: 'none',
    ended_at: AT,
    settled_at: AT,
  };
}

function openRow(): SpecimenRow {
  return {
    ...holdBase,
    generation_id: specimenHolds.open,
    state: 'open',
    amount_nano_usd: '250',
    highest_nano_usd: '250',
  };
}

function lateRow(): SpecimenRow {
  return {
    generation_id: specimenHolds.late,
    account_id: specimenAccountId,
    claim_nano_usd: '100',
    granted_nano_usd: '60',
    state: 'posted',
    gate_hold_id: lateHoldIdOf(specimenHolds.late),
  };
}

function spendRows(): readonly SpecimenRow[] {
  const scopes = [
    { scope: 'key', scope_id: specimenKeyId },
    { scope: 'workspace', scope_id: specimenWorkspaceId },
  ];
  return ['total', ...Object.values(specimenPeriods)].flatMap((period) =>
    scopes.map((scope) => ({ ...scope, account_id: specimenAccountId, period, spent_nano_usd: '560', version: '3' })),
  );
}
