import { canonicalJson, SIGNED_RECEIPT_TYPE, type Receipt, type SignedReceipt } from '@apilink/contracts';
import { CompactSign, importJWK } from 'jose';

import type { ReceiptKeyService } from './receipt-key.service.js';

const ALGORITHM = 'EdDSA';

/**
 * Signs receipts: a compact JWS over the canonical form, so that anybody can check it years later with the published key,
 * without us. The same receipt has the same signature for as long as a key signs.
 */
export class ReceiptSigner {
  constructor(private readonly keys: Pick<ReceiptKeyService, 'signing'>) {}

  /** A receipt of a generation that still runs is no receipt yet: its signature is null. */
  async sign(data: Receipt): Promise<SignedReceipt> {
    if (data.state === 'open') return { data, signature: null };
    const key = await this.keys.signing();
    const signature = await new CompactSign(new TextEncoder().encode(canonicalJson(data)))
      .setProtectedHeader({ alg: ALGORITHM, kid: key.kid, typ: SIGNED_RECEIPT_TYPE })
      .sign(await importJWK(key, ALGORITHM));
    return { data, signature };
  }
}
