const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Pauses after each failed attempt: the schedule that Standard Webhooks recommends, about three days in all. What is not
 * delivered by then has failed, and waits for a person to replay it.
 */
const PAUSES_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;
export const ATTEMPTS_MAX = PAUSES_MS.length + 1;

/** Each pause is up to a fifth longer: endpoints that failed together are not asked together. */
const JITTER = 0.2;

/** How long an endpoint may fail without a single success before we stop. */
export const FAILING_MS_MAX = 5 * 24 * HOUR_MS;

/** What one attempt came to. */
export type AttemptResult =
  | { readonly kind: 'answered'; readonly status: number; readonly durationMs: number }
  /** No answer: refused, timed out, or not to be asked at all. */
  | { readonly kind: 'failed'; readonly error: string; readonly durationMs: number };

/** Any 2xx: the receiver has it. A redirect is none, and is not followed. */
export function isDelivered(result: AttemptResult): boolean {
  return result.kind === 'answered' && result.status >= 200 && result.status < 300;
}

/** The pause before the next attempt; null when there is none. `random` in [0, 1). */
export function pauseAfter(attempts: number, random: number): number | null {
  const pause = PAUSES_MS[attempts - 1];
  return pause === undefined ? null : Math.round(pause * (1 + JITTER * random));
}

/** Why an endpoint is not asked any more, for people; null when it is. 410 says that it is gone for good. */
export function disabledReason(result: AttemptResult, failingSince: number | null, now: number): string | null {
  if (isDelivered(result)) return null;
  if (result.kind === 'answered' && result.status === 410) return 'It answered 410: it does not want events any more.';
  if (failingSince === null || now - failingSince < FAILING_MS_MAX) return null;
  const last = result.kind === 'answered' ? `status ${result.status}` : result.error;
  return `It has taken nothing since ${new Date(failingSince).toISOString()}; the last attempt: ${last}.`;
}

/** Why a URL cannot be one of a webhook; null when it can. Where its name leads is checked at every connection. */
export function urlProblem(url: string, privateAddresses: 'refuse' | 'allow'): string | null {
  const { protocol, username, password } = new URL(url);
  if (username !== '' || password !== '') return 'the URL carries a password: the signature says who we are';
  if (privateAddresses === 'refuse' && protocol !== 'https:') return 'the URL has to begin with https://';
  return null;
}
