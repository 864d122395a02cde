/** One error of the catalogue. */
export interface ErrorDefinition {
  readonly status: number;
  /** OpenAI's `error.type`. */
  readonly type:
    | 'invalid_request_error'
    | 'authentication_error'
    | 'permission_error'
    | 'insufficient_quota'
    | 'rate_limit_error'
    | 'not_found_error'
    | 'server_error';
  readonly message: string;
  /** What to do next, one sentence for docs/errors.md. */
  readonly remedy: string;
  /** Whether the same request may succeed later: such answers carry `retry-after`, all others `x-should-retry: false`. */
  readonly retryable: boolean;
}

/** The same request fails again until something is changed. */
export function permanent(
  status: number,
  type: ErrorDefinition['type'],
  message: string,
  remedy: string,
): ErrorDefinition {
  return { status, type, message, remedy, retryable: false };
}

/** The same request may succeed later. */
export function passing(
  status: number,
  type: ErrorDefinition['type'],
  message: string,
  remedy: string,
): ErrorDefinition {
  return { status, type, message, remedy, retryable: true };
}
