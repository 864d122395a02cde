import { Body, Controller, Get, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import { accountIdSchema, lotsApi, refundIdSchema, type AccountId, type RefundId } from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import { RefundProgressService } from './refund-progress.service.js';
import type { Refund } from './refund.domain.js';
import { RefundService } from './refund.service.js';

@Controller('api/billing/v1')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class RefundController {
  constructor(
    @Inject(RefundService) private readonly refunds: RefundService,
    @Inject(RefundProgressService) private readonly progress: RefundProgressService,
  ) {}

  @Post('accounts/:accountId/refunds')
  @HttpCode(201)
  async create(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Body({ schema: lotsApi.refundCreateSchema }) body: z.output<typeof lotsApi.refundCreateSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof lotsApi.refundListSchema>> {
    const { lotId, ...asked } = body;
    const order = { accountId, ...asked, lotId: lotId ?? null, actor: actor.subject };
    return { refunds: (await this.refunds.create(order)).map(wireOf) };
  }

  /** Newest first. */
  @Get('accounts/:accountId/refunds')
  async list(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
  ): Promise<z.input<typeof lotsApi.refundListSchema>> {
    return { refunds: (await this.refunds.list(accountId)).map(wireOf) };
  }

  @Get('refunds/:refundId')
  async show(
    @Param('refundId', { schema: refundIdSchema }) refundId: RefundId,
  ): Promise<z.input<typeof lotsApi.refundSchema>> {
    return wireOf(await this.refunds.show(refundId));
  }

  /** What became of one that people carry out, because its channel cannot be asked by a program. */
  @Post('refunds/:refundId/outcome')
  @HttpCode(200)
  async settle(
    @Param('refundId', { schema: refundIdSchema }) refundId: RefundId,
    @Body({ schema: lotsApi.refundOutcomeSchema }) body: z.output<typeof lotsApi.refundOutcomeSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof lotsApi.refundSchema>> {
    return wireOf(await this.progress.settle(refundId, body, actor.subject));
  }
}

function wireOf(refund: Refund): z.input<typeof lotsApi.refundSchema> {
  return z.encode(lotsApi.refundSchema, { ...refund, refundedMinorUnits: refund.minorUnits });
}
