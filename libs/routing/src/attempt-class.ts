/** What became of one attempt at one endpoint; the `AttemptClass` of the contracts. */
export const attemptClasses = [
  'ok',
  'connect_error',
  'reset',
  'first_token_timeout',
  'idle_timeout',
  'rate_limited',
  'server_error',
  'credential_refused',
  'request_refused',
  'malformed',
  'cut',
  'cancelled',
] as const;
export type AttemptClass = (typeof attemptClasses)[number];

/** Every class of an attempt that did not answer. */
export type FailureClass = Exclude<AttemptClass, 'ok'>;

/** A client's abort and a refusal of the request itself, which say nothing about the endpoint. */
type NeutralClass = 'cancelled' | 'request_refused';

/** Whether an attempt counts against the health of its endpoint. */
export function isFailure(outcome: AttemptClass): outcome is Exclude<FailureClass, NeutralClass> {
  return outcome !== 'ok' && outcome !== 'cancelled' && outcome !== 'request_refused';
}

/** The classes that count against health. */
export const failureClasses = attemptClasses.filter(isFailure);

/**
 * The class of an upstream's answer by its status; null for 2xx, whose body decides.
 * - 401, 402 and 403 speak of our credential, never of the client.
 * - 404, 405 and 410 mean that this endpoint is set up wrongly (our path, our model name), so another one may answer.
 * - every other 4xx is about the request itself, but for 408 and 429.
 * - 1xx and 3xx are not answers that an API gives to such a request.
 */
export function classOfStatus(status: number): FailureClass | null {
  if (status >= 200 && status < 300) return null;
  switch (status) {
    case 401:
    case 402:
    case 403:
      return 'credential_refused';
    case 429:
      return 'rate_limited';
    case 404:
    case 405:
    case 408:
    case 410:
      return 'server_error';
    default:
      if (status >= 500) return 'server_error';
      return status >= 400 ? 'request_refused' : 'malformed';
  }
}
