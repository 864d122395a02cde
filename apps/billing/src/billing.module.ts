import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { IdentityModule, type AccessTokenVerifier, type ServiceTokens } from '@apilink/service';

import { AccountController } from './account/account.controller.js';
import { AccountService } from './account/account.service.js';
import { ApiKeyController } from './api-key/api-key.controller.js';
import { ApiKeyService } from './api-key/api-key.service.js';
import { KeyLookupController } from './api-key/key-lookup.controller.js';
import { KeyLookupService } from './api-key/key-lookup.service.js';
import { ManagedKeyController } from './api-key/managed-key.controller.js';
import { ManagedKeyService } from './api-key/managed-key.service.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditService } from './audit/audit.service.js';
import type { BillingServices } from './billing-services.factory.js';
import { BankTransferController } from './bank-transfer/bank-transfer.controller.js';
import { BankTransferService } from './bank-transfer/bank-transfer.service.js';
import { FreeCreditController } from './free-credit/free-credit.controller.js';
import { FreeCreditService } from './free-credit/free-credit.service.js';
import { PaymentEventController } from './payment/payment-event.controller.js';
import { PaymentService } from './payment/payment.service.js';
import { TopupController } from './payment/topup.controller.js';
import { TopupService } from './payment/topup.service.js';
import { SandboxCheckoutController } from './sandbox-checkout/sandbox-checkout.controller.js';
import { SandboxCheckoutService } from './sandbox-checkout/sandbox-checkout.service.js';
import { SuspenseController } from './suspense/suspense.controller.js';
import { SuspenseService } from './suspense/suspense.service.js';
import { CreditController } from './credit/credit.controller.js';
import { CreditService } from './credit/credit.service.js';
import { DeadLetterController } from './dead-letter/dead-letter.controller.js';
import { DeadLetterService } from './dead-letter/dead-letter.service.js';
import { PoisonMetrics } from './dead-letter/poison-metrics.service.js';
import { DifferenceController } from './difference/difference.controller.js';
import { DifferenceService } from './difference/difference.service.js';
import { AccountLoadController } from './gate/account-load.controller.js';
import { GATE_TELLER, GateAnswerInterceptor } from './gate/gate-answer.service.js';
import { GateLoadService } from './gate/gate-load.service.js';
import { JwksController } from './identity/jwks.controller.js';
import { OperatorSessionController } from './identity/operator-session.controller.js';
import { OperatorSessionService } from './identity/operator-session.service.js';
import { LedgerRepublishController } from './ledger/ledger-republish.controller.js';
import { LedgerRepublishService } from './ledger/ledger-republish.service.js';
import { LotModule } from './lot/lot.module.js';
import { PriceConsumer } from './price/price.consumer.js';
import { PriceService } from './price/price.service.js';
import { GenerationLookupController } from './receipt/generation-lookup.controller.js';
import { GenerationController } from './receipt/generation.controller.js';
import { PublishedReceiptKeyController, ReceiptKeyController } from './receipt/receipt-key.controller.js';
import { ReceiptKeyService } from './receipt/receipt-key.service.js';
import { ReceiptService } from './receipt/receipt.service.js';
import { SettlementService } from './settlement/settlement.service.js';
import { UsageHandoverController } from './settlement/usage-handover.controller.js';
import { UsageHandoverService } from './settlement/usage-handover.service.js';
import { UsageConsumer } from './settlement/usage.consumer.js';
import { UsageBreakdownController } from './usage-report/usage-breakdown.controller.js';
import { UsageBreakdownService } from './usage-report/usage-breakdown.service.js';
import { UsageReportController } from './usage-report/usage-report.controller.js';
import { UsageReportService } from './usage-report/usage-report.service.js';
import { SpendAlertController } from './spend-alert/spend-alert.controller.js';
import { SpendAlertService } from './spend-alert/spend-alert.service.js';
import { WebhookController } from './webhook/webhook.controller.js';
import { WebhookService } from './webhook/webhook.service.js';
import { WorkspaceController } from './workspace/workspace.controller.js';
import { WorkspaceService } from './workspace/workspace.service.js';

export interface BillingIdentity {
  readonly verifier: AccessTokenVerifier;
  readonly serviceTokens: ServiceTokens;
}

/** Billing's HTTP side: people and other services. */
@Module({})
export class BillingModule {
  static forRoot(services: BillingServices, identity: BillingIdentity): DynamicModule {
    return {
      module: BillingModule,
      imports: [IdentityModule.forRoot(identity), LotModule.forRoot(services)],
      controllers: [
        AccountController,
        AccountLoadController,
        ApiKeyController,
        AuditController,
        BankTransferController,
        CreditController,
        DeadLetterController,
        DifferenceController,
        FreeCreditController,
        GenerationController,
        GenerationLookupController,
        JwksController,
        KeyLookupController,
        LedgerRepublishController,
        ManagedKeyController,
        OperatorSessionController,
        PaymentEventController,
        ...(services.sandbox === null ? [] : [SandboxCheckoutController]),
        SuspenseController,
        TopupController,
        PublishedReceiptKeyController,
        ReceiptKeyController,
        UsageBreakdownController,
        UsageHandoverController,
        UsageReportController,
        SpendAlertController,
        WebhookController,
        WorkspaceController,
      ],
      providers: httpProviders(services),
    };
  }
}

/** Billing's consumers: a Nest microservice of its own, which may be scaled apart from the HTTP side. */
@Module({})
export class BillingConsumerModule {
  static forRoot(services: BillingServices): DynamicModule {
    return {
      module: BillingConsumerModule,
      controllers: [UsageConsumer, PriceConsumer],
      providers: [
        { provide: SettlementService, useValue: services.settlements },
        { provide: PriceService, useValue: services.prices },
        { provide: PoisonMetrics, useValue: services.poisonMetrics },
      ],
    };
  }
}

function httpProviders(services: BillingServices): Provider[] {
  return [
    { provide: AccountService, useValue: services.accounts },
    { provide: ApiKeyService, useValue: services.apiKeys },
    { provide: AuditService, useValue: services.audits },
    { provide: CreditService, useValue: services.credits },
    { provide: DifferenceService, useValue: services.differences },
    { provide: DeadLetterService, useValue: services.deadLetters },
    { provide: GateLoadService, useValue: services.loads },
    { provide: GATE_TELLER, useValue: services.gateTeller },
    { provide: APP_INTERCEPTOR, useClass: GateAnswerInterceptor },
    { provide: KeyLookupService, useValue: services.keyLookups },
    { provide: ManagedKeyService, useValue: services.managedKeys },
    { provide: LedgerRepublishService, useValue: services.republications },
    { provide: OperatorSessionService, useValue: services.sessions },
    { provide: ReceiptKeyService, useValue: services.receiptKeys },
    { provide: ReceiptService, useValue: services.receipts },
    { provide: UsageBreakdownService, useValue: services.usageBreakdowns },
    { provide: UsageHandoverService, useValue: services.handovers },
    { provide: UsageReportService, useValue: services.usageReports },
    { provide: BankTransferService, useValue: services.bankTransfers },
    { provide: FreeCreditService, useValue: services.freeCreditService },
    { provide: PaymentService, useValue: services.paymentService },
    { provide: SandboxCheckoutService, useValue: services.sandbox },
    { provide: SuspenseService, useValue: services.suspenseService },
    { provide: TopupService, useValue: services.topups },
    { provide: SpendAlertService, useValue: services.spendAlerts },
    { provide: WebhookService, useValue: services.webhooks },
    { provide: WorkspaceService, useValue: services.workspaces },
  ];
}
