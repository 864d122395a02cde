import { Body, Controller, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import { accountIdSchema, billingApi, type AccountId } from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import { CreditService } from './credit.service.js';

@Controller('api/billing/v1/accounts/:accountId/credit-grants')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class CreditController {
  constructor(@Inject(CreditService) private readonly credits: CreditService) {}

  /** Answers when ledger and gate both know the grant. */
  @Post()
  @HttpCode(201)
  async grant(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Body({ schema: billingApi.creditGrantSchema }) body: z.output<typeof billingApi.creditGrantSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof billingApi.creditGrantedReplySchema>> {
    const granted = await this.credits.grant({ accountId, ...body, actor: actor.subject });
    return z.encode(billingApi.creditGrantedReplySchema, granted);
  }
}
