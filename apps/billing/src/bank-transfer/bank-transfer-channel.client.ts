import type { ChannelRefund, PaymentChannel } from '../payment/payment-channel.domain.js';

export const BANK_TRANSFER_CHANNEL = 'bank_transfer';

/** Our bank account (对公转账): money comes by itself, an operator records what the statement shows. */
export class BankTransferChannel implements PaymentChannel {
  readonly id = BANK_TRANSFER_CHANNEL;
  readonly currencies = ['USD', 'CNY'] as const;
  readonly checkouts = null;

  constructor(readonly receivingEntity: string) {}

  /** A person sends it from the bank account. */
  refund(): Promise<ChannelRefund> {
    return Promise.resolve({ state: 'manual' });
  }
}
