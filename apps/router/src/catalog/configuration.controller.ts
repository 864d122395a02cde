import { instantSchema } from '@apilink/contracts';
import { JwtGuard, Roles } from '@apilink/service';
import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { z } from 'zod';

import { CatalogService } from './catalog.service.js';

/** What became of the configuration file, for operators: the sentence may quote it. */
@Controller('api/router/v1/configuration')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class ConfigurationController {
  constructor(@Inject(CatalogService) private readonly catalog: CatalogService) {}

  @Get()
  read(): object {
    const { checkedAt, inForceSince, ...state } = this.catalog.state();
    return {
      ...state,
      checkedAt: z.encode(instantSchema, checkedAt),
      inForceSince: inForceSince === null ? null : z.encode(instantSchema, inForceSince),
      models: this.catalog.models().length,
    };
  }
}
