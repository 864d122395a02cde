import { encodeWireId, type AccountId, type GenerationId, type Receipt, type SignedReceipt } from '@apilink/contracts';
import type { GateAdministration, ListedHold } from '@apilink/holds';
import type { Database } from '@apilink/postgres';
import { ApiError } from '@apilink/service';

import type { ReceiptSigner } from './receipt-signer.service.js';
import { receiptOf, type ReceiptFacts } from './receipt.domain.js';
import type { ReceiptRepository } from './receipt.repository.js';

/** Receipts of generations. One whose `hold.opened` is still on its way is told from the gate. */
export class ReceiptService {
  constructor(
    private readonly database: Database,
    private readonly receipts: ReceiptRepository,
    private readonly gate: Pick<GateAdministration, 'inspect'>,
    private readonly signer: ReceiptSigner,
  ) {}

  /** For people: any account's. Rejects with ApiError `generation_not_found`. */
  async find(generationId: GenerationId): Promise<Receipt> {
    const facts = await this.receipts.find(this.database, generationId);
    if (facts === null) throw notFound(generationId);
    return receiptOf(facts);
  }

  /** For a client of one account: another account's generation does not exist for it. */
  async findOfAccount(accountId: AccountId, generationId: GenerationId): Promise<Receipt> {
    const facts = await this.receipts.find(this.database, generationId);
    if (facts !== null && facts.accountId === accountId) return receiptOf(facts);
    if (facts === null) {
      const hold = await this.#openInGate(accountId, generationId);
      if (hold !== null) return receiptOf(openFactsOf(hold));
    }
    throw notFound(generationId);
  }

  /** As it is handed out. */
  async signed(generationId: GenerationId): Promise<SignedReceipt> {
    return this.signer.sign(await this.find(generationId));
  }

  /** As it is handed out to a client of one account. */
  async signedOfAccount(accountId: AccountId, generationId: GenerationId): Promise<SignedReceipt> {
    return this.signer.sign(await this.findOfAccount(accountId, generationId));
  }

  /** Final ones too: their settlement is on its way. */
  async #openInGate(accountId: AccountId, generationId: GenerationId): Promise<ListedHold | null> {
    const view = await this.gate.inspect(accountId);
    return view?.holds.find(({ holdId }) => holdId === generationId) ?? null;
  }
}

function openFactsOf(hold: ListedHold): ReceiptFacts {
  return {
    generationId: hold.holdId,
    accountId: hold.accountId,
    workspaceId: hold.workspaceId,
    keyId: hold.keyId,
    modelId: null,
    state: 'open',
    outcome: null,
    reason: null,
    highestNanoUsd: hold.amountNanoUsd,
    finalHoldNanoUsd: hold.amountNanoUsd,
    absorbedNanoUsd: 0n,
    chargeNanoUsd: 0n,
    writtenOffNanoUsd: 0n,
    usage: null,
    usageSource: null,
    priceVersion: null,
    card: null,
    serviceTier: null,
    endpointId: null,
    attempts: [],
    stream: null,
    finishReason: null,
    openedAt: hold.openedAt,
    endedAt: null,
    referer: null,
  };
}

function notFound(generationId: GenerationId): ApiError {
  return new ApiError('generation_not_found', { detail: encodeWireId('gen', generationId) });
}
