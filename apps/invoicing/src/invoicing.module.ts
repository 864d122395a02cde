import { AccessTokenVerifier, IdentityModule, ServiceTokens } from '@apilink/service';
import { Module, type DynamicModule } from '@nestjs/common';

import { InvoiceableController } from './invoiceable/invoiceable.controller.js';
import { InvoiceableService } from './invoiceable/invoiceable.service.js';
import { LedgerConsumer } from './invoiceable/ledger.consumer.js';
import { PartitionLag } from './lag/partition-lag.service.js';

export interface InvoicingParts {
  readonly invoiceable: InvoiceableService;
  readonly lag: PartitionLag;
  readonly verifier: AccessTokenVerifier;
}

@Module({})
export class InvoicingModule {
  static forRoot({ invoiceable, lag, verifier }: InvoicingParts): DynamicModule {
    return {
      module: InvoicingModule,
      imports: [IdentityModule.forRoot({ verifier, serviceTokens: new ServiceTokens([]) })],
      controllers: [InvoiceableController, LedgerConsumer],
      providers: [
        { provide: InvoiceableService, useValue: invoiceable },
        { provide: PartitionLag, useValue: lag },
      ],
    };
  }
}
