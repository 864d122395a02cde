import { Body, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { internalPaths, usageHandoverRequestSchema, type UsageHandoverReply } from '@apilink/contracts';
import { ServiceTokenGuard } from '@apilink/service';
import type { z } from 'zod';

import { UsageHandoverService } from './usage-handover.service.js';

/** For an edge that drains while the log does not acknowledge. */
@Controller(internalPaths.usageHandover)
@UseGuards(ServiceTokenGuard)
export class UsageHandoverController {
  constructor(@Inject(UsageHandoverService) private readonly handovers: UsageHandoverService) {}

  @Post()
  @HttpCode(200)
  take(
    @Body({ schema: usageHandoverRequestSchema }) body: z.output<typeof usageHandoverRequestSchema>,
  ): Promise<UsageHandoverReply> {
    return this.handovers.take(body);
  }
}
