import { Body, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { paymentsApi } from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import type { z } from 'zod';

import { wireOfSuspense } from '../suspense/suspense-view.factory.js';
import { BankTransferService } from './bank-transfer.service.js';

/** What an operator reads off a bank statement. */
@Controller('api/billing/v1/bank-transfers')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class BankTransferController {
  constructor(@Inject(BankTransferService) private readonly transfers: BankTransferService) {}

  /** The bank's reference is the request key: the same line again records nothing new. */
  @Post()
  @HttpCode(201)
  async receive(
    @Body({ schema: paymentsApi.bankTransferSchema }) body: z.output<typeof paymentsApi.bankTransferSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof paymentsApi.suspenseSchema>> {
    return wireOfSuspense(await this.transfers.receive(body, actor.subject));
  }
}
