import { header, type ErrorSkin } from '@apilink/contracts';
import type { CapFigures, GateFigures } from '@apilink/holds';
import { formatUsd } from '@apilink/money';

/** What the headers of an answer are made of, as far as the request had come when the answer began. */
export interface HeaderFacts {
  readonly requestId: string;
  /** From authentication on, when the gate told them. */
  readonly figures: GateFigures | null;
  /** Of its path, with the present in ms since the epoch: Anthropic's clients read instants of their own header names. */
  readonly skin?: ErrorSkin;
  readonly now?: number;
  readonly admission: {
    readonly generation: string;
    readonly holdNanoUsd: bigint;
    readonly clampedMaxTokens: number | null;
    readonly passesCachePremium: boolean;
    readonly provider: string | null;
    readonly attempts: number;
    readonly overheadMs: number;
  } | null;
}

/** Names and values in turn, for one `writeHead`. */
export function answerHeaders(facts: HeaderFacts): string[] {
  const headers = [header.requestId, facts.requestId, header.requestIdAlias, facts.requestId];
  if (facts.figures !== null) {
    pushFigures(headers, facts.figures);
    if (facts.skin === 'anthropic') pushAnthropicLimits(headers, facts.figures, facts.now ?? Date.now());
  }
  const admission = facts.admission;
  if (admission !== null) {
    headers.push(header.generationId, admission.generation, header.holdUsd, formatUsd(admission.holdNanoUsd));
    if (admission.clampedMaxTokens !== null) headers.push(header.maxTokensClamped, String(admission.clampedMaxTokens));
    if (admission.passesCachePremium) headers.push(header.cachePremium, 'passed');
    if (admission.provider !== null) headers.push(header.provider, admission.provider);
    headers.push(header.attempts, String(admission.attempts), header.overheadMs, admission.overheadMs.toFixed(2));
  }
  return headers;
}

function pushFigures(headers: string[], figures: GateFigures): void {
  headers.push(header.balanceRemainingUsd, formatUsd(figures.postedNanoUsd - figures.heldNanoUsd));
  const { daily, weekly, monthly, workspace } = figures.caps;
  if (daily !== null || weekly !== null || monthly !== null || workspace !== null) pushCaps(headers, figures);
  if (figures.concurrencyRemaining !== null) {
    headers.push(header.concurrencyRemaining, String(figures.concurrencyRemaining));
  }
  headers.push(
    header.limitRequests,
    String(figures.requests.limit),
    header.remainingRequests,
    String(Math.max(0, Math.floor(figures.requests.remaining))),
    header.resetRequests,
    durationText(figures.requests.resetMs),
    header.limitTokens,
    String(figures.tokens.limit),
    header.remainingTokens,
    String(Math.max(0, Math.floor(figures.tokens.remaining))),
    header.resetTokens,
    durationText(figures.tokens.resetMs),
  );
}

/** Anthropic's names for the same limits; a reset is an instant of RFC 3339, in whole seconds as theirs are. */
function pushAnthropicLimits(headers: string[], { requests, tokens }: GateFigures, now: number): void {
  for (const [name, { limit, remaining, resetMs }] of [['requests', requests] as const, ['tokens', tokens] as const]) {
    const resetAt = Math.ceil((now + Math.max(0, resetMs)) / 1000) * 1000;
    headers.push(`anthropic-ratelimit-${name}-limit`, String(limit));
    headers.push(`anthropic-ratelimit-${name}-remaining`, String(Math.max(0, Math.floor(remaining))));
    headers.push(`anthropic-ratelimit-${name}-reset`, new Date(resetAt).toISOString().replace('.000Z', 'Z'));
  }
}

/** Only the caps that there are: most keys have none. */
function pushCaps(headers: string[], { keyCapRemainingNanoUsd, caps }: GateFigures): void {
  if (keyCapRemainingNanoUsd !== null) headers.push(header.keyCapRemainingUsd, positiveUsd(keyCapRemainingNanoUsd));
  let alert = '';
  for (const [cap, name, word] of [
    [caps.daily, header.keyDailyRemainingUsd, 'key_daily'] as const,
    [caps.weekly, header.keyWeeklyRemainingUsd, 'key_weekly'] as const,
    [caps.monthly, header.keyMonthlyRemainingUsd, 'key_monthly'] as const,
    [caps.workspace, header.workspaceRemainingUsd, 'workspace'] as const,
  ]) {
    if (cap === null) continue;
    headers.push(name, positiveUsd(cap.remainingNanoUsd));
    const share = usedPercent(cap);
    if (share >= ALERT_PERCENT) alert += `${alert === '' ? '' : ', '}${word}=${(share / 100).toFixed(2)}`;
  }
  if (alert !== '') headers.push(header.budgetAlert, alert);
}

/** From this share of a cap on, answers say so. */
const ALERT_PERCENT = 80;

/** Whole percent of the cap that are spent or held, rounded down; a cap of 0 is used up. */
function usedPercent({ limitNanoUsd, remainingNanoUsd }: CapFigures): number {
  if (limitNanoUsd <= 0n) return 100;
  return Number(((limitNanoUsd - remainingNanoUsd) * 100n) / limitNanoUsd);
}

/** Less than nothing is left where a cap was lowered below what is spent: told as nothing. */
function positiveUsd(amount: bigint): string {
  return formatUsd(amount > 0n ? amount : 0n);
}

/** OpenAI's duration strings: `17ms`, `1.5s`, `6m0s`, `1h2m3s`. */
export function durationText(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms));
  if (whole < 1000) return `${whole}ms`;
  if (whole < 60_000) return `${Number((whole / 1000).toFixed(3))}s`;
  const seconds = Math.ceil(whole / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${seconds % 60}s`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds % 60}s`;
}
