import { errorCatalogue, errorMessage, type QuoteReply } from '@apilink/contracts';
import type { GateFigures, Refusal } from '@apilink/holds';
import { formatUsd } from '@apilink/money';
import { holdAmount, rateDimensions, type RateCard, type RateRow } from '@apilink/pricing';

import { outputOfGrant, type HoldPlan } from '../admission/hold-plan.domain.js';
import { errorOfRefusal } from '../admission/refusal.errors.js';
import { usdPerUnit } from '../models/model-price.domain.js';

export interface QuoteFacts {
  readonly modelId: string;
  readonly modelMaxTokens: number;
  readonly choices: number;
  readonly plan: HoldPlan;
  /** In the order in which they would be tried now. */
  readonly candidates: readonly { readonly endpointId: string; readonly provider: string; readonly card: RateCard }[];
  /** As the gate knows them now: this request is not among what is held. */
  readonly figures: GateFigures;
}

/** What a request would hold and who would answer it, had it been a call. Nothing of it is promised. */
export function quoteOf(facts: QuoteFacts): QuoteReply {
  const { plan, figures } = facts;
  const refusal = moneyRefusal(figures, plan.leastNanoUsd);
  const room = roomOf(figures);
  const granted = room < plan.amountNanoUsd ? room : plan.amountNanoUsd;
  const output = refusal === null ? outputOfGrant(plan, granted, afterHold(figures, granted)) : null;
  const worst = worstCase(plan, plan.question.cards);
  return {
    object: 'quote',
    model: facts.modelId,
    estimated_input_tokens: plan.question.estimatedInputTokens,
    choices: facts.choices,
    max_tokens: {
      asked: plan.askedMaxTokens,
      model: facts.modelMaxTokens,
      clamped: output?.clampedTo ?? null,
    },
    hold: {
      least_nano_usd: plan.leastNanoUsd.toString(),
      first_nano_usd: plan.amountNanoUsd.toString(),
      worst_case_nano_usd: worst.toString(),
      worst_case_usd: formatUsd(worst),
    },
    affordable: refusal === null,
    refusal: refusal === null ? null : refusalData(refusal, plan.leastNanoUsd),
    candidates: facts.candidates.map(({ endpointId, provider, card }) => ({
      endpoint: endpointId,
      provider,
      price_version: card.priceVersion,
      worst_case_nano_usd: worstCase(plan, [card]).toString(),
      prices: card.rows.map(priceData),
    })),
  };
}

/** All of the output that the request may ask for, at the dearest of the cards. */
function worstCase(plan: HoldPlan, cards: readonly RateCard[]): bigint {
  return holdAmount({ ...plan.question, cards, outputTokens: plan.maxTokens });
}

/** In the gate's order: balance, caps of the key, budget. Rates pass by themselves and are not quoted. */
function moneyRefusal(figures: GateFigures, least: bigint): Refusal | null {
  const available = figures.postedNanoUsd - figures.heldNanoUsd;
  if (available < least) return { reason: 'balance', availableNanoUsd: available };
  for (const period of ['daily', 'weekly', 'monthly'] as const) {
    const left = figures.caps[period]?.remainingNanoUsd;
    if (left !== undefined && left < least) return { reason: 'key_cap', period, availableNanoUsd: left };
  }
  const budget = figures.caps.workspace?.remainingNanoUsd;
  return budget === undefined || budget >= least ? null : { reason: 'workspace_budget', availableNanoUsd: budget };
}

function roomOf({ postedNanoUsd, heldNanoUsd, keyCapRemainingNanoUsd, caps }: GateFigures): bigint {
  const left = [postedNanoUsd - heldNanoUsd, keyCapRemainingNanoUsd, caps.workspace?.remainingNanoUsd ?? null];
  return left.reduce<bigint>((least, one) => (one !== null && one < least ? one : least), postedNanoUsd - heldNanoUsd);
}

/** What the gate would tell beside the grant. */
function afterHold(figures: GateFigures, granted: bigint) {
  const { postedNanoUsd, heldNanoUsd, keyCapRemainingNanoUsd, caps } = figures;
  const { workspace } = caps;
  return {
    postedNanoUsd,
    heldNanoUsd: heldNanoUsd + granted,
    keyCapRemainingNanoUsd: keyCapRemainingNanoUsd === null ? null : keyCapRemainingNanoUsd - granted,
    caps: { workspace: workspace === null ? null : { remainingNanoUsd: workspace.remainingNanoUsd - granted } },
  };
}

function refusalData(refusal: Refusal, least: bigint) {
  const { code, details } = errorOfRefusal(refusal, least);
  return { code, status: errorCatalogue[code].status, message: errorMessage(code, details) };
}

/** The customer's side of a row; what a provider bills us is nobody else's concern. */
function priceData({ minInputTokens, serviceTier, utcWindow, startsAt, sell }: RateRow) {
  const priced = rateDimensions.flatMap((dimension) => {
    const rate = sell[dimension];
    return rate === undefined ? [] : [[dimension, usdPerUnit(rate)] as const];
  });
  return {
    min_input_tokens: minInputTokens,
    service_tier: serviceTier,
    utc_window: utcWindow === null ? null : { from_minute: utcWindow.fromMinute, to_minute: utcWindow.toMinute },
    starts_at: startsAt === null ? null : new Date(startsAt).toISOString(),
    usd_per_unit: Object.fromEntries(priced),
  };
}
