import { ApiError } from '@apilink/service';

import type { Money } from './payment-channel.domain.js';
import { topupRefusal, type PromisedCredit } from './topup-amount.domain.js';

/** @throws ApiError `topup_below_minimum`; `invalid_parameter` when it is more than anybody tops up with at once */
export function checkTopupAmount(money: Money, promised: PromisedCredit): void {
  const refusal = topupRefusal(money, promised);
  if (refusal !== null) throw new ApiError(refusal.code, refusal.details);
}
