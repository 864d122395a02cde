import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { differencesApi } from '@apilink/contracts';
import { JwtGuard, Roles } from '@apilink/service';
import { z } from 'zod';

import { DifferenceService } from './difference.service.js';

@Controller('api/billing/v1/differences')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class DifferenceController {
  constructor(@Inject(DifferenceService) private readonly differences: DifferenceService) {}

  @Get()
  async list(
    @Query({ schema: differencesApi.differenceQuerySchema })
    query: z.output<typeof differencesApi.differenceQuerySchema>,
  ): Promise<z.input<typeof differencesApi.differenceListSchema>> {
    const page = await this.differences.list({
      kind: query.kind ?? null,
      accountId: query.accountId ?? null,
      before: query.cursor ?? null,
      limit: query.limit,
    });
    return z.encode(differencesApi.differenceListSchema, page);
  }
}
