import { Body, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { accountLoadRequestSchema, internalPaths } from '@apilink/contracts';
import { ServiceTokenGuard } from '@apilink/service';
import type { z } from 'zod';

import { GateLoadService } from './gate-load.service.js';

/** For an edge whose admission was answered `not_loaded`. */
@Controller(internalPaths.accountLoad)
@UseGuards(ServiceTokenGuard)
export class AccountLoadController {
  constructor(@Inject(GateLoadService) private readonly loads: GateLoadService) {}

  @Post()
  @HttpCode(204)
  load(@Body({ schema: accountLoadRequestSchema }) body: z.output<typeof accountLoadRequestSchema>): Promise<void> {
    return this.loads.load(body.accountId);
  }
}
