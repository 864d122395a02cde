import { ChargebackRepository } from '../chargeback/chargeback.repository.js';
import { ChargebackService, type ChargebackParts } from '../chargeback/chargeback.service.js';
import { GapWriteOffService } from '../chargeback/gap-write-off.service.js';
import { RefundPostingService, type RefundPostingParts } from './refund-posting.service.js';
import { RefundProgressService, type RefundProgressParts } from './refund-progress.service.js';
import { RefundService, type RefundParts } from './refund.service.js';

type Given = Omit<ChargebackParts, 'chargebacks'> &
  RefundPostingParts &
  Omit<RefundProgressParts, 'posting'> &
  Omit<RefundParts, 'progress'>;

/** Everything by which paid credit goes back. */
export function createRefundServices(given: Given) {
  const posting = new RefundPostingService(given);
  const refundProgress = new RefundProgressService({ ...given, posting });
  const chargebacks = new ChargebackRepository();
  return {
    refundProgress,
    refunds: new RefundService({ ...given, progress: refundProgress }),
    chargebacks: new ChargebackService({ ...given, chargebacks }),
    gapWriteOffs: new GapWriteOffService({ ...given, chargebacks }),
  };
}
