import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { accountIdSchema, usageApi, type AccountId } from '@apilink/contracts';
import { JwtGuard, Roles } from '@apilink/service';
import { z } from 'zod';

import { UsageBreakdownService } from './usage-breakdown.service.js';

@Controller('api/billing/v1/accounts/:accountId/usage-report')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class UsageBreakdownController {
  constructor(@Inject(UsageBreakdownService) private readonly breakdowns: UsageBreakdownService) {}

  @Get()
  async report(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Query({ schema: usageApi.usageReportQuerySchema }) query: z.output<typeof usageApi.usageReportQuerySchema>,
  ): Promise<z.input<typeof usageApi.usageReportSchema>> {
    return z.encode(usageApi.usageReportSchema, await this.breakdowns.report({ accountId, ...query }));
  }
}
