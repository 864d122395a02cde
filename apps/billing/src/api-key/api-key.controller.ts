import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, UseGuards } from '@nestjs/common';
import { accountIdSchema, billingApi, keyIdSchema, type AccountId, type KeyId } from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import { apiKeyFacts, type ApiKeyRecord } from './api-key.domain.js';
import { ApiKeyService } from './api-key.service.js';

@Controller('api/billing/v1')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class ApiKeyController {
  constructor(@Inject(ApiKeyService) private readonly keys: ApiKeyService) {}

  @Post('accounts/:accountId/keys')
  @HttpCode(201)
  async create(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Body({ schema: billingApi.apiKeyCreateSchema }) body: z.output<typeof billingApi.apiKeyCreateSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof billingApi.apiKeyCreatedSchema>> {
    const { name, workspaceId, management, ...limits } = body;
    const request = { accountId, workspaceId, name, management, limits };
    const { key, apiKey } = await this.keys.create(request, actor.subject);
    return { ...wireOf(key), apiKey };
  }

  @Get('accounts/:accountId/keys')
  async list(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
  ): Promise<z.input<typeof billingApi.apiKeyListSchema>> {
    return { keys: (await this.keys.list(accountId)).map(wireOf) };
  }

  @Patch('keys/:keyId')
  async update(
    @Param('keyId', { schema: keyIdSchema }) keyId: KeyId,
    @Body({ schema: billingApi.apiKeyUpdateSchema }) body: z.output<typeof billingApi.apiKeyUpdateSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof billingApi.apiKeySchema>> {
    return wireOf(await this.keys.update(keyId, body, actor.subject));
  }

  @Delete('keys/:keyId')
  async revoke(
    @Param('keyId', { schema: keyIdSchema }) keyId: KeyId,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof billingApi.apiKeySchema>> {
    return wireOf(await this.keys.revoke(keyId, actor.subject));
  }
}

function wireOf(key: ApiKeyRecord): z.input<typeof billingApi.apiKeySchema> {
  return z.encode(billingApi.apiKeySchema, apiKeyFacts(key));
}
