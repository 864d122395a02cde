import type { ReceiptKeySet } from '@apilink/contracts';
import { ApiError } from '@apilink/service';

import type { BillingClient } from '../admission/billing.client.js';

/** Half of the time that a key is published before it signs: a copy of this age knows every key that signs. */
const KEPT_MS = 300_000;

/**
 * The public keys of receipts on the edge's own address: whoever has only that can check what it was given. A copy is kept
 * for five minutes, and beyond while billing is away, because keys are added and never taken out.
 */
export class ReceiptKeysService {
  #copy: { readonly keys: ReceiptKeySet; readonly until: number } | null = null;

  constructor(
    private readonly billing: Pick<BillingClient, 'receiptKeys'>,
    private readonly now: () => number,
  ) {}

  /** Rejects with `billing_unavailable` when billing is away and was so since the start. */
  async published(): Promise<ReceiptKeySet> {
    if (this.#copy !== null && this.now() < this.#copy.until) return this.#copy.keys;
    try {
      this.#copy = { keys: await this.billing.receiptKeys(), until: this.now() + KEPT_MS };
    } catch (error) {
      if (this.#copy === null) throw new ApiError('billing_unavailable', {}, error);
    }
    return this.#copy.keys;
  }
}
