import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { KeyAccessService } from '../key/key-access.service.js';
import { ModelListService } from './model-list.service.js';

/** The models as Google's clients list them. */
@Controller('v1beta/models')
export class GeminiModelsController {
  constructor(
    @Inject(KeyAccessService) private readonly access: KeyAccessService,
    @Inject(ModelListService) private readonly models: ModelListService,
  ) {}

  @Get()
  async list(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { reading } = await this.access.enter(request, reply);
    return this.models.geminiList(reading.key.models);
  }

  @Get([':id', ':author/:slug'])
  async one(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param() path: { readonly id?: string; readonly author?: string; readonly slug?: string },
  ) {
    const { reading } = await this.access.enter(request, reply);
    return this.models.geminiOne(path.id ?? `${path.author ?? ''}/${path.slug ?? ''}`, reading.key.models);
  }
}
