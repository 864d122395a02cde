import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { accountIdSchema, billingApi, generationIdSchema, type AccountId } from '@apilink/contracts';
import { JwtGuard, Roles } from '@apilink/service';
import { z } from 'zod';

import { UsageReportService } from './usage-report.service.js';

const usageQuerySchema = billingApi.pageQuerySchema.extend({ cursor: generationIdSchema.optional() });

@Controller('api/billing/v1/accounts/:accountId/usage')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class UsageReportController {
  constructor(@Inject(UsageReportService) private readonly reports: UsageReportService) {}

  @Get()
  async page(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Query({ schema: usageQuerySchema }) query: z.output<typeof usageQuerySchema>,
  ): Promise<z.input<typeof billingApi.usagePageSchema>> {
    const { generations, more } = await this.reports.page(accountId, query.cursor ?? null, query.limit);
    const last = generations.at(-1)?.id;
    return {
      generations: generations.map((row) => z.encode(billingApi.usageRowSchema, row)),
      nextCursor: more && last !== undefined ? z.encode(generationIdSchema, last) : null,
    };
  }
}
