import type { CallNeed, CallUnits } from '@apilink/dialects';
import { NANO_USD_CEILING } from '@apilink/money';
import {
  affordableOutputTokens,
  holdAmount,
  leastAmount,
  STEP_TOKENS,
  type HoldQuestion,
  type InputPart,
  type OutputPart,
  type RateCard,
} from '@apilink/pricing';

export interface HoldFacts {
  /** Of every endpoint that may answer. */
  readonly cards: readonly RateCard[];
  /** Our clock, ms since the epoch. */
  readonly at: number;
  /** The estimate with the model's learned factor. */
  readonly estimatedInputTokens: number;
  /** What the client asked for; null when it set no limit. */
  readonly askedMaxTokens: number | null;
  readonly modelMaxTokens: number;
  readonly choices: number;
  readonly needs: readonly CallNeed[];
  /** `service_tier` as the client wrote it; null when it did not. */
  readonly serviceTier: string | null;
  /** Some of the prompt is to be kept for an hour. */
  readonly asksHourOfCache: boolean;
  /** The answer may come in sound or pictures. */
  readonly asksModalities: boolean;
  /** The provider is to search the web; it does so once for a request. */
  readonly asksWebSearch: boolean;
  /** Of a call that is no turn of a model: everything that it can be charged is known, and held whole. Default: it is a turn. */
  readonly units?: CallUnits | null;
}

/** What one admission asks of the gate, and how long an answer may get. */
export interface HoldPlan {
  readonly question: HoldQuestion;
  readonly amountNanoUsd: bigint;
  readonly leastNanoUsd: bigint;
  /** Output tokens of one choice, at most. */
  readonly maxTokens: number;
  readonly askedMaxTokens: number | null;
  /** An hour of cache was asked for, and a candidate prices it: its premium is the customer's own choice. */
  readonly passesCachePremium: boolean;
}

const oneRequest = { requests: 1 };
const searchingRequest = { requests: 1, webSearches: 1 };

/** Sizes the hold: input, fees and one step of output, dearest candidate first (docs/money.md, Size of a hold). */
export function planHold(facts: HoldFacts): HoldPlan {
  if (facts.units !== undefined && facts.units !== null) return planWhole(facts, facts.units);
  const maxTokens = Math.min(facts.askedMaxTokens ?? facts.modelMaxTokens, facts.modelMaxTokens);
  const question: HoldQuestion = {
    cards: facts.cards,
    at: facts.at,
    estimatedInputTokens: facts.estimatedInputTokens,
    outputTokens: Math.min(maxTokens, STEP_TOKENS),
    choices: facts.choices,
    known: facts.asksWebSearch ? searchingRequest : oneRequest,
    inputParts: inputPartsOf(facts),
    outputParts: outputPartsOf(facts),
    serviceTiers: serviceTiersOf(facts.serviceTier),
  };
  return {
    question,
    amountNanoUsd: atMostCeiling(holdAmount(question)),
    leastNanoUsd: atMostCeiling(leastAmount(question)),
    maxTokens,
    askedMaxTokens: facts.askedMaxTokens,
    passesCachePremium: facts.asksHourOfCache && facts.cards.some(pricesHourOfCache),
  };
}

const mediaInput: readonly InputPart[] = ['cacheRead', 'cacheWrite5m', 'audioInput', 'imageInput'];

/**
 * Pictures, sound, vectors and rankings: their units are known before they are sent, so the hold never grows and cannot be
 * granted in part. Whatever a candidate sells the work by (tokens, pictures, characters, seconds, searches) is covered.
 */
function planWhole(facts: HoldFacts, units: CallUnits): HoldPlan {
  const { images, characters, audioMillisecondsMax, searchesMax, outputTokensMax, mediaInputTokensMax } = units;
  const question: HoldQuestion = {
    cards: facts.cards,
    at: facts.at,
    estimatedInputTokens: facts.estimatedInputTokens + mediaInputTokensMax,
    outputTokens: outputTokensMax,
    choices: facts.choices,
    known: { requests: 1, images, characters, milliseconds: audioMillisecondsMax, rerankSearches: searchesMax },
    inputParts: mediaInput,
    outputParts: anyOutput,
    serviceTiers: serviceTiersOf(facts.serviceTier),
  };
  const amountNanoUsd = atMostCeiling(holdAmount(question));
  return {
    question,
    amountNanoUsd,
    leastNanoUsd: amountNanoUsd,
    maxTokens: outputTokensMax,
    askedMaxTokens: null,
    passesCachePremium: false,
  };
}

/** No balance is above the ceiling, so that what needs more is refused as what it is: too dear. */
export function atMostCeiling(amount: bigint): bigint {
  return amount < NANO_USD_CEILING ? amount : NANO_USD_CEILING;
}

function pricesHourOfCache({ rows }: RateCard): boolean {
  return rows.some(({ sell }) => sell.cacheWrite1h !== undefined);
}

const usualInput: readonly InputPart[] = ['cacheRead', 'cacheWrite5m'];

/** What the input may be billed as. An hour of cache costs half as much again, so only who asks for it is held for it. */
function inputPartsOf({ needs, asksHourOfCache }: HoldFacts): readonly InputPart[] {
  if (needs.length === 0 && !asksHourOfCache) return usualInput;
  const parts = [...usualInput];
  if (asksHourOfCache) parts.push('cacheWrite1h');
  // A file's pages are read as pictures.
  if (needs.includes('images') || needs.includes('files')) parts.push('imageInput');
  if (needs.includes('audio')) parts.push('audioInput');
  return parts;
}

const textOutput: readonly OutputPart[] = ['reasoning'];
const anyOutput: readonly OutputPart[] = ['reasoning', 'audioOutput', 'imageOutput'];

function outputPartsOf({ asksModalities }: HoldFacts): readonly OutputPart[] {
  return asksModalities ? anyOutput : textOutput;
}

/** The usual price is always among the held ones; beside it only the tier that was asked for. */
function serviceTiersOf(asked: string | null): readonly string[] {
  return asked === null || asked === 'auto' ? usualTier : [asked];
}

const usualTier: readonly string[] = ['default'];

/** What the gate told about the money left after the hold. */
export interface MoneyLeft {
  readonly postedNanoUsd: bigint;
  readonly heldNanoUsd: bigint;
  /** Null without a cap. */
  readonly keyCapRemainingNanoUsd: bigint | null;
  /** Of the caps, the budget of the workspace; null without one. */
  readonly caps: { readonly workspace: { readonly remainingNanoUsd: bigint } | null };
}

export interface GrantedOutput {
  /** Output tokens of one choice that the hold pays for. */
  readonly heldTokens: number;
  /** The most that a choice may get; equal to `heldTokens` when balance or cap afford no more. */
  readonly maxTokens: number;
  /** The limit to send upstream and to tell the client; null when the client's own stands. */
  readonly clampedTo: number | null;
}

/**
 * What a grant pays for. The output limit is cut to what balance and key cap afford: when the gate granted less than
 * asked, and when the client asked for more than its money can pay in the end.
 */
export function outputOfGrant(plan: HoldPlan, grantedNanoUsd: bigint, left: MoneyLeft): GrantedOutput {
  if (grantedNanoUsd < plan.amountNanoUsd) {
    const heldTokens = Math.min(plan.maxTokens, affordableOutputTokens(grantedNanoUsd, plan.question));
    return { heldTokens, maxTokens: heldTokens, clampedTo: heldTokens };
  }
  const heldTokens = plan.question.outputTokens;
  if (plan.askedMaxTokens === null) return { heldTokens, maxTokens: plan.maxTokens, clampedTo: null };
  const affordable = affordableOutputTokens(grantedNanoUsd + spendable(left), plan.question);
  const maxTokens = Math.max(heldTokens, Math.min(plan.maxTokens, affordable));
  return { heldTokens, maxTokens, clampedTo: maxTokens < plan.askedMaxTokens ? maxTokens : null };
}

/** What the hold could still grow by, as far as the gate told: balance, the key's caps and the workspace's budget. */
function spendable(left: MoneyLeft): bigint {
  let least = left.postedNanoUsd - left.heldNanoUsd;
  const cap = left.keyCapRemainingNanoUsd;
  if (cap !== null && cap < least) least = cap;
  const budget = left.caps.workspace?.remainingNanoUsd;
  if (budget !== undefined && budget < least) least = budget;
  return least > 0n ? least : 0n;
}
