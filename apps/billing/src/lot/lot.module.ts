import { Module, type DynamicModule, type Provider } from '@nestjs/common';

import type { BillingServices } from '../billing-services.factory.js';
import { ChargebackController } from '../chargeback/chargeback.controller.js';
import { ChargebackService } from '../chargeback/chargeback.service.js';
import { GapWriteOffService } from '../chargeback/gap-write-off.service.js';
import { FxQuoteController } from '../fx/fx-quote.controller.js';
import { FxQuoteService } from '../fx/fx-quote.service.js';
import { RefundProgressService } from '../refund/refund-progress.service.js';
import { RefundController } from '../refund/refund.controller.js';
import { RefundService } from '../refund/refund.service.js';
import { LotListService } from './lot-list.service.js';
import { LotController } from './lot.controller.js';

/** Lots for people: what is left of each payment, what RMB is credited with, what goes back. */
@Module({})
export class LotModule {
  static forRoot(services: BillingServices): DynamicModule {
    return {
      module: LotModule,
      controllers: [ChargebackController, FxQuoteController, LotController, RefundController],
      providers: providersOf(services),
    };
  }
}

function providersOf(services: BillingServices): Provider[] {
  return [
    { provide: ChargebackService, useValue: services.chargebacks },
    { provide: FxQuoteService, useValue: services.fx },
    { provide: GapWriteOffService, useValue: services.gapWriteOffs },
    { provide: LotListService, useValue: services.lotLists },
    { provide: RefundProgressService, useValue: services.refundProgress },
    { provide: RefundService, useValue: services.refunds },
  ];
}
