import { NANO_USD_CEILING, type Outcome, type UsageFinal } from '@apilink/contracts';
import { costOf, RateCardInvariantError, UsageInvariantError, type RateCard } from '@apilink/pricing';

import { illegalState } from '../illegal-state.domain.js';

/** What an outcome is charged by: one row of the table in docs/money.md. */
export type ChargeBasis = 'nothing' | 'metered' | 'metered_if_known' | 'final_hold';

export function chargeBasisOf(outcome: Outcome): ChargeBasis {
  switch (outcome) {
    case 'rejected':
    case 'void_before_dispatch':
    case 'abandoned_late':
    case 'upstream_error_no_output':
    case 'expired':
    case 'empty_completion':
      return 'nothing';
    case 'completed':
    case 'hold_exhausted':
    case 'slow_reader':
    case 'upstream_error_partial':
      return 'metered';
    case 'gateway_abort':
      return 'metered_if_known';
    case 'client_disconnect':
      return 'final_hold';
  }
  return illegalState(outcome);
}

/** What of a final decides its charge; the audit reads the same facts back from the table. */
export type ChargeFacts = Pick<
  UsageFinal,
  'outcome' | 'usage' | 'usageSource' | 'answeredBy' | 'serviceTier' | 'openedAt' | 'finalHoldNanoUsd'
>;

export interface Charge {
  readonly basis: ChargeBasis;
  /** What the customer owes: never more than the final hold. */
  readonly chargeNanoUsd: bigint;
  /** Metered above the final hold: ours, written off as `estimate_shortfall`. */
  readonly shortfallNanoUsd: bigint;
  /** The premium of cache writes that is ours by the card's policy; 0 where the charge is not what was metered. */
  readonly absorbedNanoUsd: bigint;
}

export type ChargeResult =
  | { readonly charge: Charge }
  /** The facts cannot be true together; a plausible figure made of them would be a guess. */
  | { readonly problem: string };

const nothing = { chargeNanoUsd: 0n, shortfallNanoUsd: 0n, absorbedNanoUsd: 0n } as const;

/** The charge by the outcome's row, from our own figure and the pinned price version. */
export function chargeOf(facts: ChargeFacts, cardOf: (priceVersion: string) => RateCard | undefined): ChargeResult {
  const basis = chargeBasisOf(facts.outcome);
  switch (basis) {
    case 'nothing':
      return { charge: { basis, ...nothing } };
    case 'final_hold':
      return { charge: { basis, ...nothing, chargeNanoUsd: facts.finalHoldNanoUsd } };
    case 'metered_if_known':
      return isUnknown(facts) ? { charge: { basis: 'nothing', ...nothing } } : meteredCharge(facts, basis, cardOf);
    case 'metered':
      return meteredCharge(facts, basis, cardOf);
  }
  return illegalState(basis);
}

/**
 * The charge of a final that came after its hold had expired: always metered, because the hold that a disconnect is
 * charged with is gone, and never above what the customer was told would be held.
 */
export function lateChargeOf(facts: ChargeFacts, cardOf: (priceVersion: string) => RateCard | undefined): ChargeResult {
  const basis = chargeBasisOf(facts.outcome);
  if (basis !== 'final_hold') return chargeOf(facts, cardOf);
  return isUnknown(facts) ? { charge: { basis: 'nothing', ...nothing } } : meteredCharge(facts, 'metered', cardOf);
}

/** Our own figure, from the usage vector and the pinned price version, at the admission instant. */
export function meteredOf(
  facts: ChargeFacts,
  cardOf: (priceVersion: string) => RateCard | undefined,
): { readonly meteredNanoUsd: bigint; readonly absorbedNanoUsd: bigint } | { readonly problem: string } {
  if (facts.answeredBy === null) return { problem: `outcome ${facts.outcome} without the endpoint that answered` };
  const { endpointId, priceVersion } = facts.answeredBy;
  const card = cardOf(priceVersion);
  if (card === undefined) return { problem: `unknown price version ${priceVersion}` };
  if (card.endpointId !== endpointId) return { problem: `price version ${priceVersion} is not one of ${endpointId}` };
  try {
    const cost = costOf(facts.usage, card, { side: 'sell', at: facts.openedAt, serviceTier: facts.serviceTier });
    if (cost.totalNanoUsd > NANO_USD_CEILING) {
      return { problem: `usage comes to ${cost.totalNanoUsd} nano-USD, which is above the ceiling of an account` };
    }
    return { meteredNanoUsd: cost.totalNanoUsd, absorbedNanoUsd: cost.absorbedNanoUsd };
  } catch (error) {
    if (error instanceof UsageInvariantError || error instanceof RateCardInvariantError) {
      return { problem: error.message };
    }
    throw error;
  }
}

function meteredCharge(
  facts: ChargeFacts,
  basis: ChargeBasis,
  cardOf: (priceVersion: string) => RateCard | undefined,
): ChargeResult {
  const metered = meteredOf(facts, cardOf);
  if ('problem' in metered) return metered;
  const { meteredNanoUsd, absorbedNanoUsd } = metered;
  const above = meteredNanoUsd - facts.finalHoldNanoUsd;
  return above > 0n
    ? { charge: { basis, chargeNanoUsd: facts.finalHoldNanoUsd, shortfallNanoUsd: above, absorbedNanoUsd } }
    : { charge: { basis, chargeNanoUsd: meteredNanoUsd, shortfallNanoUsd: 0n, absorbedNanoUsd } };
}

/** Nothing was metered: no endpoint answered, or its answer brought no figures and none were counted. */
function isUnknown(facts: ChargeFacts): boolean {
  return facts.usageSource === 'none' || facts.answeredBy === null;
}
