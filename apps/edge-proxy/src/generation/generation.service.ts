import { generationIdSchema, type GenerationId, type Receipt, type SignedReceipt } from '@apilink/contracts';
import type { HoldStore } from '@apilink/holds';
import { ApiError } from '@apilink/service';

import type { KeyIdentity } from '../admission/authentication.service.js';
import type { BillingClient } from '../admission/billing.client.js';
import type { HoldKeeper } from '../metering/hold-keeper.service.js';
import { openReceipt } from './open-receipt.domain.js';

/** Receipts: billing has them; one that it does not know yet may be open in the gate. */
export class GenerationService {
  constructor(
    private readonly billing: BillingClient,
    private readonly store: HoldStore,
    private readonly keeper: HoldKeeper,
    private readonly now: () => number,
  ) {}

  /** Rejects with `generation_not_found`, or `billing_unavailable` when nobody can tell. */
  async receipt(identity: KeyIdentity, wire: string): Promise<SignedReceipt> {
    const parsed = generationIdSchema.safeParse(wire);
    if (!parsed.success) throw notFound(wire);
    try {
      const known = await this.billing.findGeneration(identity.accountId, parsed.data);
      if (known !== null) return known;
      const isOpen = await this.store.isHoldOpen(identity.accountId, parsed.data);
      if (isOpen || this.#runs(identity, parsed.data)) {
        return { data: this.#open(identity, parsed.data, wire), signature: null };
      }
    } catch (error) {
      throw new ApiError('billing_unavailable', {}, error);
    }
    throw notFound(wire);
  }

  /** Its hold is final at the gate, and its event is still on the way to billing. */
  #runs(identity: KeyIdentity, id: GenerationId): boolean {
    return this.keeper.find(id)?.accountId === identity.accountId;
  }

  #open(identity: KeyIdentity, id: GenerationId, generation: string): Receipt {
    const { account, workspace, key } = identity.wire;
    return openReceipt({ generation, account, workspace, key, hold: this.keeper.find(id) ?? null, at: this.now() });
  }
}

function notFound(wire: string): ApiError {
  return new ApiError('generation_not_found', { param: 'id', detail: wire.slice(0, 100) });
}
