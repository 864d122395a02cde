import { Body, Controller, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import { accountIdSchema, billingApi, paymentsApi, type AccountId } from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import { FreeCreditService } from './free-credit.service.js';

@Controller('api/billing/v1/accounts/:accountId/free-credit')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class FreeCreditController {
  constructor(@Inject(FreeCreditService) private readonly freeCredits: FreeCreditService) {}

  /** The operator says that the identity was verified. */
  @Post()
  @HttpCode(201)
  async grant(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Body({ schema: paymentsApi.freeCreditGrantSchema }) body: z.output<typeof paymentsApi.freeCreditGrantSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof billingApi.creditGrantedReplySchema>> {
    const granted = await this.freeCredits.grant({ accountId, identity: body.identity, actor: actor.subject });
    return z.encode(billingApi.creditGrantedReplySchema, granted);
  }
}
