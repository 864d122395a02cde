import { Controller, Get, Inject, Param, UseGuards } from '@nestjs/common';
import { accountIdSchema, lotsApi, type AccountId } from '@apilink/contracts';
import { JwtGuard, Roles } from '@apilink/service';
import { z } from 'zod';

import { LotListService } from './lot-list.service.js';

@Controller('api/billing/v1/accounts/:accountId/lots')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class LotController {
  constructor(@Inject(LotListService) private readonly lots: LotListService) {}

  @Get()
  async list(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
  ): Promise<z.input<typeof lotsApi.lotListSchema>> {
    return z.encode(lotsApi.lotListSchema, { lots: [...(await this.lots.list(accountId))] });
  }
}
