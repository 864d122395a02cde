import { accountIdSchema, invoicingApi, type AccountId } from '@apilink/contracts';
import { Actor, ApiError, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { Controller, Get, Inject, Param, UseGuards } from '@nestjs/common';
import { z } from 'zod';

import { PartitionLag } from '../lag/partition-lag.service.js';
import { invoiceableView } from './invoiceable-view.domain.js';
import { InvoiceableService } from './invoiceable.service.js';

/** What an account may have invoiced. People of an account see their own; operators and admins, who work in all, any. */
@Controller('api/invoicing/v1/accounts/:accountId/invoiceable')
@UseGuards(JwtGuard)
@Roles('owner', 'finance', 'finance-lead', 'operator', 'admin')
export class InvoiceableController {
  constructor(
    @Inject(InvoiceableService) private readonly invoiceable: InvoiceableService,
    @Inject(PartitionLag) private readonly lag: PartitionLag,
  ) {}

  /** An account that has paid nothing has nothing to invoice: this service does not know which accounts there are. */
  @Get()
  async show(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof invoicingApi.invoiceableSchema>> {
    if (actor.accountId !== null && actor.accountId !== accountId)
      throw new ApiError('not_found', { detail: 'this account' });
    // Asked first: events that arrive meanwhile are then counted as behind, never as seen.
    const eventsBehind = await this.lag.ofKey(z.encode(accountIdSchema, accountId));
    const book = await this.invoiceable.accountBook(accountId, invoicingApi.INVOICEABLE_LOTS_MAX);
    const { issuer } = this.invoiceable;
    return z.encode(invoicingApi.invoiceableSchema, invoiceableView({ accountId, issuer, ...book, eventsBehind }));
  }
}
