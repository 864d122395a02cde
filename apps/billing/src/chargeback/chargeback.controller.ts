import { Body, Controller, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import { accountIdSchema, lotsApi, type AccountId } from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import { ChargebackService } from './chargeback.service.js';
import { GapWriteOffService } from './gap-write-off.service.js';

@Controller('api/billing/v1/accounts/:accountId')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class ChargebackController {
  constructor(
    @Inject(ChargebackService) private readonly chargebacks: ChargebackService,
    @Inject(GapWriteOffService) private readonly gapWriteOffs: GapWriteOffService,
  ) {}

  /** Answers when ledger and gate both know it; the account is suspended then. */
  @Post('chargebacks')
  @HttpCode(201)
  async open(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Body({ schema: lotsApi.chargebackCreateSchema }) body: z.output<typeof lotsApi.chargebackCreateSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof lotsApi.chargebackSchema>> {
    const opened = await this.chargebacks.open({ accountId, ...body, actor: actor.subject });
    return z.encode(lotsApi.chargebackSchema, { ...opened, chargedBackMinorUnits: opened.minorUnits });
  }

  /** Gives up what chargebacks have left below zero. */
  @Post('gap-write-offs')
  @HttpCode(201)
  async writeOff(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Body({ schema: lotsApi.gapWriteOffSchema }) body: z.output<typeof lotsApi.gapWriteOffSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof lotsApi.gapWrittenOffSchema>> {
    const written = await this.gapWriteOffs.writeOff({ accountId, ...body, actor: actor.subject });
    return z.encode(lotsApi.gapWrittenOffSchema, written);
  }
}
