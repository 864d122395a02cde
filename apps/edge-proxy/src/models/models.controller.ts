import { Controller, Get, Headers, Inject, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { KeyAccessService } from '../key/key-access.service.js';
import { ModelListService } from './model-list.service.js';

/** The models that can be asked for. */
@Controller('v1/models')
export class ModelsController {
  constructor(
    @Inject(KeyAccessService) private readonly access: KeyAccessService,
    @Inject(ModelListService) private readonly models: ModelListService,
  ) {}

  @Get()
  async list(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Headers('if-none-match') known: string | undefined,
  ): Promise<void> {
    await this.access.enter(request, reply);
    const { body, etag } = this.models.list();
    reply.header('etag', etag);
    const isKnown = known?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag) ?? false;
    if (isKnown) await reply.code(304).send();
    else await reply.header('content-type', 'application/json; charset=utf-8').send(body);
  }

  /** A model's id has a slash; clients send it as it is, or encoded. */
  @Get([':id', ':author/:slug'])
  async one(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param() path: { readonly id?: string; readonly author?: string; readonly slug?: string },
  ) {
    await this.access.enter(request, reply);
    return this.models.one(path.id ?? `${path.author ?? ''}/${path.slug ?? ''}`);
  }
}
