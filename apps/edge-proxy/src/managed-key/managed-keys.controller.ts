import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { managementApi } from '@apilink/contracts';
import { ApiError } from '@apilink/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

import type { KeyIdentity } from '../admission/authentication.service.js';
import { KeyAccessService } from '../key/key-access.service.js';
import { isManagementKey } from '../key/key-figures.factory.js';
import { ManagedKeysService } from './managed-keys.service.js';

/** OpenRouter's API of keys, for management keys. */
@Controller('api/v1')
export class ManagedKeysController {
  constructor(
    @Inject(KeyAccessService) private readonly access: KeyAccessService,
    @Inject(ManagedKeysService) private readonly keys: ManagedKeysService,
  ) {}

  @Get('keys')
  async list(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query({ schema: managementApi.keyListQuerySchema }) query: z.output<typeof managementApi.keyListQuerySchema>,
  ) {
    const identity = await this.#enter(request, reply);
    const { include_disabled: withDisabled, offset, workspace_id: workspaceId } = query;
    return this.keys.list(identity, { includeDisabled: withDisabled === 'true', offset, workspaceId });
  }

  @Post('keys')
  @HttpCode(201)
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body({ schema: managementApi.keyCreateRequestSchema }) body: managementApi.KeyCreateRequest,
  ) {
    return this.keys.create(await this.#enter(request, reply), body);
  }

  @Get('keys/:hash')
  async find(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('hash') hash: string,
  ) {
    return this.keys.find(await this.#enter(request, reply), hash);
  }

  @Patch('keys/:hash')
  async update(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('hash') hash: string,
    @Body({ schema: managementApi.keyUpdateRequestSchema }) body: managementApi.KeyUpdateRequest,
  ) {
    return this.keys.update(await this.#enter(request, reply), hash, body);
  }

  @Delete('keys/:hash')
  async revoke(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('hash') hash: string,
  ) {
    return this.keys.revoke(await this.#enter(request, reply), hash);
  }

  /** What the account used, by day and model. */
  @Get('activity')
  async activity(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query({ schema: managementApi.activityQuerySchema }) query: z.output<typeof managementApi.activityQuerySchema>,
  ) {
    return this.keys.activity(await this.#enter(request, reply), query.date ?? null);
  }

  async #enter(request: FastifyRequest, reply: FastifyReply): Promise<KeyIdentity> {
    const { identity, reading } = await this.access.enter(request, reply);
    if (!isManagementKey(reading.key)) throw new ApiError('management_key_needed');
    return identity;
  }
}
