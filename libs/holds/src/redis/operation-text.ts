import type { AccountId, GenerationId, HoldPeriods, KeyId } from '@apilink/contracts';

import type {
  AdmitRequest,
  KeyLimits,
  ListedHold,
  PeriodCandidate,
  PeriodCandidates,
  ConfirmedHold,
  ReserveRequest,
  ResizeRequest,
} from '../hold-store.js';
import { counterEndsAt } from './counter-life.js';

/** Operations as the scripts read them: a letter and fields, with spaces between; `-` is null. */

/** The caller keeps one object per zone and day, so that its text is made once. */
const candidateTexts = new WeakMap<PeriodCandidates, string>();
const limitTexts = new WeakMap<KeyLimits, string>();

function candidatesText(periods: PeriodCandidates): string {
  const known = candidateTexts.get(periods);
  if (known !== undefined) return known;
  const text = [periods.day, periods.week, periods.month].map(candidateText).join(' ');
  candidateTexts.set(periods, text);
  return text;
}

function candidateText({ current, next, boundaryAt }: PeriodCandidate): string {
  return `${current} ${next} ${boundaryAt}`;
}

function limitsText(limits: KeyLimits): string {
  const known = limitTexts.get(limits);
  if (known !== undefined) return known;
  const text = `${limits.requestsPerMinute} ${limits.tokensPerMinute} ${limits.concurrency}`;
  limitTexts.set(limits, text);
  return text;
}

export function admitText(request: AdmitRequest): string {
  const { accountId, keyId, holdId, amountNanoUsd, leastNanoUsd, tokens, expiryMs } = request;
  const money = `${amountNanoUsd} ${leastNanoUsd} ${tokens} ${expiryMs}`;
  return `a ${accountId} ${keyId} ${holdId} ${money} ${limitsText(request.defaults)} ${candidatesText(request.periods)}`;
}

export function resizeText({ accountId, holdId, targetNanoUsd, final, tokens }: ResizeRequest): string {
  return `z ${accountId} ${holdId} ${targetNanoUsd} ${final ? 1 : 0} ${tokens ?? '-'}`;
}

export function renewText(hold: ConfirmedHold, expiryMs: number): string {
  const { accountId, holdId, workspaceId, keyId, amountNanoUsd, openedAt, periods, epoch } = hold;
  const life = `${amountNanoUsd} ${expiryMs} ${openedAt} ${epoch}`;
  return `h ${accountId} ${holdId} ${workspaceId} ${keyId} ${life} ${periodsText(periods)} ${dropTexts(periods).join(' ')}`;
}

export function readText(
  accountId: AccountId,
  keyId: KeyId,
  { periods, defaults }: { readonly periods: PeriodCandidates; readonly defaults: KeyLimits },
): string {
  return `d ${accountId} ${keyId} ${limitsText(defaults)} ${candidatesText(periods)}`;
}

export function findKeyText(keyHash: string): string {
  return `f ${keyHash}`;
}

export function isOpenText(accountId: AccountId, holdId: GenerationId): string {
  return `o ${accountId} ${holdId}`;
}

/** A hold as the gate stores it, which has been granted what it asks for. */
export function holdText(hold: ListedHold): string {
  const { amountNanoUsd, keyId, workspaceId, periods, openedAt, expiresAt, final } = hold;
  const slots = `${final ? 1 : 0} ${final ? 0 : 1}`;
  const owner = `${keyId} ${workspaceId} ${periodsText(periods)}`;
  return `${amountNanoUsd} ${amountNanoUsd} ${owner} ${openedAt} ${expiresAt ?? '-'} ${slots} - - 0 ${openedAt}`;
}

/** The arguments of `restore` and `reserve`: account, hold, record, and when its counters may be swept. */
export function holdArguments(hold: ListedHold): string[] {
  return [hold.accountId, hold.holdId, holdText(hold), ...dropTexts(hold.periods)];
}

/** A reservation is final from the start and never expires; the store's clock says when it was opened. */
export function reservedHold(request: ReserveRequest): ListedHold {
  return { ...request, openedAt: 0, expiresAt: null, final: true };
}

function periodsText({ day, week, month }: HoldPeriods): string {
  return `${day} ${week} ${month}`;
}

function dropTexts({ day, week, month }: HoldPeriods): string[] {
  return [day, week, month].map((period) => String(counterEndsAt(period) ?? 0));
}
