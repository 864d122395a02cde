import { Body, Controller, Get, Inject, Param, Put, UseGuards } from '@nestjs/common';
import { accountIdSchema, encodeWireId, webhooksApi, type AccountId } from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import { SpendAlertService } from './spend-alert.service.js';

const prefixes = { key_cap: 'key', workspace_budget: 'ws', balance_low: 'acc' } as const;

@Controller('api/billing/v1/accounts/:accountId/spend-alerts')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class SpendAlertController {
  constructor(@Inject(SpendAlertService) private readonly spendAlerts: SpendAlertService) {}

  @Get()
  async list(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
  ): Promise<z.input<typeof webhooksApi.spendAlertListSchema>> {
    const { alerts, lowBalanceNanoUsd } = await this.spendAlerts.list(accountId);
    return z.encode(webhooksApi.spendAlertListSchema, {
      lowBalanceNanoUsd,
      alerts: alerts.map(({ scopeId, ...alert }) => ({
        ...alert,
        scopeId: encodeWireId(prefixes[alert.kind], scopeId),
      })),
    });
  }

  @Put()
  async set(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Body({ schema: webhooksApi.spendAlertSettingsSchema }) body: z.output<typeof webhooksApi.spendAlertSettingsSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof webhooksApi.spendAlertSettingsSchema>> {
    await this.spendAlerts.setLowBalance(accountId, body.lowBalanceNanoUsd, actor.subject);
    return z.encode(webhooksApi.spendAlertSettingsSchema, body);
  }
}
