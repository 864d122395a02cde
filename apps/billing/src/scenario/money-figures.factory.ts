import {
  accountIdSchema,
  generationIdSchema,
  keyIdSchema,
  lotIdSchema,
  workspaceIdSchema,
  type GenerationId,
  type HoldOpened,
} from '@apilink/contracts';
import type { GateKey } from '@apilink/holds';

import type { KnownHold } from '../hold/hold.domain.js';
import type { CustomerBalance } from '../ledger/ledger.domain.js';
import { untouchedLot, type Lot } from '../lot/lot.domain.js';
import { scenarioCard } from './billing-scenario.factory.js';

/** What the one account of `MoneyWorld` begins with, and what its key may spend in the month. */
export const OPENING = 200n;
export const CAP = 300n;
export const EXPIRY_MS = 90_000;
export const START_MS = Date.UTC(2026, 10, 22, 8);

function uuid(kind: number, number: number): string {
  return `00000000-0000-7000-8000-${String(kind * 1_000_000 + number).padStart(12, '0')}`;
}
export const accountId = accountIdSchema.out.parse(uuid(1, 1));
export const keyId = keyIdSchema.out.parse(uuid(2, 1));
export const workspaceId = workspaceIdSchema.out.parse(uuid(3, 1));
export function generationId(number: number): GenerationId {
  return generationIdSchema.out.parse(uuid(4, number));
}

export const periodsNow = { day: '2026-11-22', week: '2026-W47', month: '2026-11' };

export const keyWithCap: GateKey = {
  keyId,
  keyHash: '1'.padStart(64, '0'),
  workspaceId,
  status: 'active',
  expiresAt: null,
  models: null,
  version: 1,
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrency: null,
  dailyCapNanoUsd: null,
  weeklyCapNanoUsd: null,
  monthlyCapNanoUsd: CAP,
};

export function balanceOf(paidNanoUsd: bigint): CustomerBalance {
  return {
    accountId,
    paidNanoUsd,
    promoNanoUsd: 0n,
    creditedNanoUsd: paidNanoUsd,
    spentNanoUsd: 0n,
    refundingNanoUsd: 0n,
    gapNanoUsd: 0n,
    version: 1n,
    ledgerVersion: 1n,
  };
}

export function lotOf(number: number, creditNanoUsd: bigint): Lot {
  const lotId = lotIdSchema.out.parse(uuid(5, number));
  return { ...untouchedLot, lotId, accountId, kind: 'paid', currency: 'USD', paidMinorUnits: 1n, creditNanoUsd };
}

export function pinnedPrice() {
  return { endpointId: scenarioCard.endpointId, priceVersion: scenarioCard.priceVersion };
}

/** Open, unless a test says otherwise. */
export function knownHold(id: GenerationId, amountNanoUsd: bigint, periods: HoldOpened['periods']): KnownHold {
  return {
    generationId: id,
    accountId,
    workspaceId,
    keyId,
    state: 'open',
    amountNanoUsd,
    modelId: scenarioCard.modelId,
    candidates: [pinnedPrice()],
    periods,
    claimed: false,
  };
}
