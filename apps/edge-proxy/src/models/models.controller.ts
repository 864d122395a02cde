import { Controller, Get, Headers, Inject, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { KeyAccessService } from '../key/key-access.service.js';
import { ModelListService } from './model-list.service.js';

interface ModelPath {
  readonly id?: string;
  readonly author?: string;
  readonly slug?: string;
}

/** The models that the caller's key may ask for; below `/api/v1` OpenRouter's SDK asks the same. */
@Controller(['v1', 'api/v1'])
export class ModelsController {
  constructor(
    @Inject(KeyAccessService) private readonly access: KeyAccessService,
    @Inject(ModelListService) private readonly models: ModelListService,
  ) {}

  @Get(['models', 'models/user'])
  async list(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Headers('if-none-match') known: string | undefined,
  ): Promise<void> {
    const { reading } = await this.access.enter(request, reply);
    const { body, etag } = this.models.list(reading.key.models);
    // Another key may see another list: a cache between may keep it for this one alone, and has to ask.
    reply.header('etag', etag).header('cache-control', 'private, no-cache').header('vary', 'authorization, x-api-key');
    const isKnown = known?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag) ?? false;
    if (isKnown) await reply.code(304).send();
    else await reply.header('content-type', 'application/json; charset=utf-8').send(body);
  }

  @Get('models/count')
  async count(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { reading } = await this.access.enter(request, reply);
    return { data: { count: this.models.count(reading.key.models) } };
  }

  @Get('providers')
  async providers(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    await this.access.enter(request, reply);
    return { data: this.models.providers() };
  }

  /** A model's id has a slash; clients send it as it is, or encoded. */
  @Get(['models/:id', 'models/:author/:slug'])
  async one(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply, @Param() path: ModelPath) {
    const { reading } = await this.access.enter(request, reply);
    return this.models.one(idOf(path), reading.key.models);
  }

  /** What OpenRouter's SDK asks for one model: the same, in an envelope. */
  @Get('model/:author/:slug')
  async enveloped(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param() path: ModelPath,
  ) {
    const { reading } = await this.access.enter(request, reply);
    return { data: this.models.one(idOf(path), reading.key.models) };
  }

  @Get(['models/:id/endpoints', 'models/:author/:slug/endpoints'])
  async endpoints(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param() path: ModelPath,
  ) {
    const { reading } = await this.access.enter(request, reply);
    return { data: this.models.endpoints(idOf(path), reading.key.models) };
  }
}

function idOf(path: ModelPath): string {
  return path.id ?? `${path.author ?? ''}/${path.slug ?? ''}`;
}
