import { checkAmount, checkCount } from './gate-amounts.js';
import type { AdmitRequest, RenewRequest, ReserveRequest, ResizeRequest } from './hold-store.js';

/**
 * Checks of what the caller computed, before it is put into a call that it shares with others: a wrong number is the
 * caller's own error and must not reject its neighbours. Each throws a RangeError.
 */
export function checkAdmit(request: AdmitRequest): void {
  checkAmount(request.amountNanoUsd, 'amountNanoUsd');
  checkAmount(request.leastNanoUsd, 'leastNanoUsd');
  if (request.leastNanoUsd > request.amountNanoUsd) throw new RangeError('leastNanoUsd is above amountNanoUsd');
  checkCount(request.tokens, 'tokens');
  checkCount(request.expiryMs, 'expiryMs');
}

export function checkResize(request: ResizeRequest): void {
  checkAmount(request.targetNanoUsd, 'targetNanoUsd');
  if (request.tokens !== null) checkCount(request.tokens, 'tokens');
}

export function checkRenew(request: RenewRequest): void {
  checkCount(request.expiryMs, 'expiryMs');
  for (const hold of request.holds) checkAmount(hold.amountNanoUsd, 'amountNanoUsd');
}

export function checkReserve(request: ReserveRequest): void {
  checkAmount(request.amountNanoUsd, 'amountNanoUsd');
}
