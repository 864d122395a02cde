import { errorCatalogue, errorMessage, type ErrorCode, type ErrorDetails } from '@apilink/contracts';

/** An error of the catalogue. `message` is the public text; the cause stays in our log. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Milliseconds until a retry makes sense; null = the answer's default. */
  readonly retryAfterMs: number | null;

  constructor(
    readonly code: ErrorCode,
    readonly details: ErrorDetails = {},
    cause?: unknown,
    retryAfterMs: number | null = null,
  ) {
    super(errorMessage(code, details), cause === undefined ? undefined : { cause });
    this.status = errorCatalogue[code].status;
    this.retryAfterMs = retryAfterMs;
  }
}
