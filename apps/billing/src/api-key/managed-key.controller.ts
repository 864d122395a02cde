import { Body, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { managedKeysApi } from '@apilink/contracts';
import { ServiceTokenGuard } from '@apilink/service';
import { z } from 'zod';

import { apiKeyFacts } from './api-key.domain.js';
import { ManagedKeyService } from './managed-key.service.js';

/** For an edge that a management key calls. */
@Controller()
@UseGuards(ServiceTokenGuard)
export class ManagedKeyController {
  constructor(@Inject(ManagedKeyService) private readonly managed: ManagedKeyService) {}

  @Post(managedKeysApi.managedKeysPath)
  @HttpCode(200)
  async ask(
    @Body({ schema: managedKeysApi.managedKeyRequestSchema }) body: managedKeysApi.ManagedKeyRequest,
  ): Promise<z.input<typeof managedKeysApi.managedKeyReplySchema>> {
    const answer = await this.managed.ask(body);
    if (answer.outcome !== 'done') return answer;
    const keys = answer.keys.map(({ key, spent }) => ({ ...apiKeyFacts(key), spent }));
    return z.encode(managedKeysApi.managedKeyReplySchema, { ...answer, keys });
  }

  @Post(managedKeysApi.accountActivityPath)
  @HttpCode(200)
  async activity(
    @Body({ schema: managedKeysApi.accountActivityRequestSchema }) body: managedKeysApi.AccountActivityRequest,
  ): Promise<z.input<typeof managedKeysApi.accountActivityReplySchema>> {
    const answer = await this.managed.activity(body);
    if (answer.outcome !== 'done') return answer;
    return z.encode(managedKeysApi.accountActivityReplySchema, { outcome: 'done', rows: [...answer.rows] });
  }
}
