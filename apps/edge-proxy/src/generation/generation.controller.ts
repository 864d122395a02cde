import { skinOf } from '@apilink/contracts';
import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiError } from '@apilink/service';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { KeyAccessService } from '../key/key-access.service.js';
import { openRouterGeneration } from './openrouter-generation.factory.js';
import { GenerationService } from './generation.service.js';

/** The receipt of one generation, for every key of its account. */
@Controller(['v1/generation', 'api/v1/generation'])
export class GenerationController {
  constructor(
    @Inject(KeyAccessService) private readonly access: KeyAccessService,
    @Inject(GenerationService) private readonly generations: GenerationService,
  ) {}

  @Get()
  async receipt(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query('id') id: unknown,
  ) {
    const { identity } = await this.access.enter(request, reply);
    if (typeof id !== 'string' || id === '') throw new ApiError('missing_parameter', { param: 'id' });
    const receipt = await this.generations.receipt(identity, id);
    return skinOf(request.url) === 'openrouter' ? { data: openRouterGeneration(receipt.data) } : receipt;
  }
}
