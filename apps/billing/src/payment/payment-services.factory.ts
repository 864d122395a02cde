import type { Logger, Metrics } from '@apilink/service';
import type { Database } from '@apilink/postgres';

import type { AccountRepository } from '../account/account.repository.js';
import { BankTransferChannel } from '../bank-transfer/bank-transfer-channel.client.js';
import { BankTransferService } from '../bank-transfer/bank-transfer.service.js';
import type { RemittanceCodeRepository } from '../bank-transfer/remittance-code.repository.js';
import type { FxQuoteService } from '../fx/fx-quote.service.js';
import type { GateLoadService } from '../gate/gate-load.service.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import type { SystemTransferRepository } from '../ledger/system-transfer.repository.js';
import type { LotService } from '../lot/lot.service.js';
import { SandboxChannel } from '../sandbox-checkout/sandbox-channel.client.js';
import { SandboxCheckoutRepository } from '../sandbox-checkout/sandbox-checkout.repository.js';
import { SandboxCheckoutService } from '../sandbox-checkout/sandbox-checkout.service.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import { SuspenseRepository } from '../suspense/suspense.repository.js';
import { SuspenseService } from '../suspense/suspense.service.js';
import { PaymentChannels } from './payment-channel-registry.service.js';
import { PaymentMetrics } from './payment-metrics.service.js';
import { PaymentOrderRepository } from './payment-order.repository.js';
import { PaymentReconciliationService } from './payment-reconciliation.service.js';
import { PaymentRepository } from './payment.repository.js';
import { PaymentService } from './payment.service.js';
import { TopupService } from './topup.service.js';

/** What an installation decides about money that comes in. */
export interface PaymentSettings {
  /** Null = the sandbox channel is not enabled. */
  readonly sandboxSecret: string | null;
  /** Where people reach billing's checkout pages. */
  readonly checkoutUrl: string;
  /** Who receives bank transfers. */
  readonly bankTransferEntity: string;
  /** Hashes identities of free credit. */
  readonly identityKey: string;
  readonly freeCreditDailyNanoUsd: bigint;
}

/** The parts of billing that money coming in stands on. */
export interface PaymentGround {
  readonly database: Database;
  readonly logger: Pick<Logger, 'warn'>;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly payments: PaymentSettings;
  readonly accounts: AccountRepository;
  readonly ledger: LedgerRepository;
  readonly systemTransfers: SystemTransferRepository;
  readonly remittanceCodes: RemittanceCodeRepository;
  readonly lotOpener: LotService;
  readonly fx: FxQuoteService;
  readonly loads: GateLoadService;
  readonly staffActions: StaffActionRepository;
}

/** Composes what takes money; a new channel is added to the list here. */
export function createPaymentServices(ground: PaymentGround) {
  const { payments: settings, ...given } = ground;
  const sandboxCheckouts = new SandboxCheckoutRepository();
  const channels = new PaymentChannels([
    ...(settings.sandboxSecret === null
      ? []
      : [new SandboxChannel({ ...given, ...settings, sandboxCheckouts, secret: settings.sandboxSecret })]),
    new BankTransferChannel(settings.bankTransferEntity),
  ]);
  const suspense = new SuspenseRepository();
  const suspenseService = new SuspenseService({ ...given, channels, suspense });
  const shared = {
    ...given,
    channels,
    suspense,
    suspenseService,
    orders: new PaymentOrderRepository(),
    payments: new PaymentRepository(),
    paymentMetrics: new PaymentMetrics(given.metrics),
  };
  const topups = new TopupService(shared);
  const paymentService = new PaymentService(shared);
  return {
    channels,
    topups,
    paymentService,
    suspenseService,
    bankTransfers: new BankTransferService(shared),
    reconciliation: new PaymentReconciliationService({ ...shared, paymentService }),
    sandbox:
      settings.sandboxSecret === null
        ? null
        : new SandboxCheckoutService({
            ...shared,
            sandboxCheckouts,
            topups,
            paymentService,
            sandboxSecret: settings.sandboxSecret,
          }),
  };
}
