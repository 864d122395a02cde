/**
 * The gate did not answer in time or refused the call as a whole. Nothing is known about the operation: each one is
 * idempotent, so it may be sent again, or released. The edge answers 503 `billing_unavailable`, never 401.
 */
export class HoldStoreUnavailable extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`the hold store is unavailable: ${reason}`, { cause });
    this.name = 'HoldStoreUnavailable';
  }
}
