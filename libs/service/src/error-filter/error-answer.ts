import {
  errorCatalogue,
  errorStatus,
  header,
  type ErrorCode,
  type ErrorDefinition,
  type ErrorDetails,
  type ErrorSkin,
} from '@apilink/contracts';

import { errorBody } from './error-body.js';

export interface ErrorAnswerOptions {
  readonly details?: ErrorDetails;
  /** Our id of the request, for `x-request-id`, `request-id` and the metadata. */
  readonly requestId: string;
  /** When a retry makes sense, in ms; default 1 s. Only answers that may succeed later tell it. */
  readonly retryAfterMs?: number | null;
  /** 0 ≤ value < 1; spreads the retries of many clients. */
  readonly random?: () => number;
  /** The form that the caller reads, `skinOf` its path; default OpenAI's. It decides the status too. */
  readonly skin?: ErrorSkin;
}

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const RETRY_AFTER_MS = 1_000;
const RETRY_AFTER_MS_MAX = 60_000;

/**
 * The whole answer to an error in the skin of its path. The wait is jittered up to half above what is asked, at most a minute;
 * `retry-after` is an integer because SDKs ignore fractions, `retry-after-ms` tells the same precisely.
 */
export function errorAnswer(code: ErrorCode, options: ErrorAnswerOptions): ErrorAnswer {
  const definition: ErrorDefinition = errorCatalogue[code];
  const skin = options.skin ?? 'openai';
  const status = errorStatus(code, skin);
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      [header.requestId]: options.requestId,
      [header.requestIdAlias]: options.requestId,
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(definition.retryable ? retryHeaders(options) : { [header.shouldRetry]: 'false' }),
    },
    body: errorBody(code, options.details ?? {}, options.requestId, skin),
  };
}

function retryHeaders(options: ErrorAnswerOptions): Record<string, string> {
  const asked = options.retryAfterMs ?? RETRY_AFTER_MS;
  const jittered = asked * (1 + 0.5 * (options.random ?? Math.random)());
  const waitMs = Math.round(Math.min(Math.max(jittered, 1), RETRY_AFTER_MS_MAX));
  return {
    [header.retryAfter]: String(Math.ceil(waitMs / 1000)),
    [header.retryAfterMs]: String(waitMs),
  };
}
