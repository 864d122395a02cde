import type { AccountId } from '@apilink/contracts';

import { transferIdOf } from '../ledger/ledger.domain.js';

/** What a new account gets on request: one US dollar, in nano-USD. */
export const FREE_CREDIT_NANO_USD = 1_000_000_000n;
/** Each account gets it once, whoever asks again. */
export const FREE_CREDIT_REQUEST_KEY = 'free-credit';

export interface CreditGrant {
  readonly accountId: AccountId;
  readonly amountNanoUsd: bigint;
  readonly reason: string;
  /** The same key for the same account grants once. */
  readonly requestKey: string;
  readonly actor: string;
}

export function grantTransferId(grant: Pick<CreditGrant, 'accountId' | 'requestKey'>): string {
  return transferIdOf('credit_granted', `${grant.accountId}/${grant.requestKey}`);
}
