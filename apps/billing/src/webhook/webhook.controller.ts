import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, UseGuards } from '@nestjs/common';
import {
  accountIdSchema,
  billingApi,
  deliveryIdSchema,
  webhookIdSchema,
  webhooksApi,
  type AccountId,
  type DeliveryId,
  type WebhookId,
} from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import { WebhookService } from './webhook.service.js';

const deliveryQuerySchema = billingApi.pageQuerySchema.extend({ cursor: deliveryIdSchema.optional() });
type DeliveryAnswer = z.input<typeof webhooksApi.deliverySchema>;

@Controller('api/billing/v1')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class WebhookController {
  constructor(@Inject(WebhookService) private readonly webhooks: WebhookService) {}

  @Post('accounts/:accountId/webhooks')
  @HttpCode(201)
  async create(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Body({ schema: webhooksApi.webhookCreateSchema }) body: z.output<typeof webhooksApi.webhookCreateSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof webhooksApi.webhookCreatedSchema>> {
    const created = await this.webhooks.create({ accountId, ...body }, actor.subject);
    return z.encode(webhooksApi.webhookCreatedSchema, created);
  }

  @Get('accounts/:accountId/webhooks')
  async list(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
  ): Promise<z.input<typeof webhooksApi.webhookListSchema>> {
    return z.encode(webhooksApi.webhookListSchema, { webhooks: [...(await this.webhooks.list(accountId))] });
  }

  @Delete('webhooks/:webhookId')
  @HttpCode(204)
  remove(
    @Param('webhookId', { schema: webhookIdSchema }) webhookId: WebhookId,
    @Actor() actor: AccessClaims,
  ): Promise<void> {
    return this.webhooks.remove(webhookId, actor.subject);
  }

  @Post('webhooks/:webhookId/activations')
  @HttpCode(200)
  async enable(
    @Param('webhookId', { schema: webhookIdSchema }) webhookId: WebhookId,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof webhooksApi.webhookSchema>> {
    return z.encode(webhooksApi.webhookSchema, await this.webhooks.enable(webhookId, actor.subject));
  }

  @Post('webhooks/:webhookId/tests')
  @HttpCode(200)
  async test(
    @Param('webhookId', { schema: webhookIdSchema }) webhookId: WebhookId,
    @Actor() actor: AccessClaims,
  ): Promise<DeliveryAnswer> {
    return z.encode(webhooksApi.deliverySchema, await this.webhooks.test(webhookId, actor.subject));
  }

  @Get('webhooks/:webhookId/deliveries')
  async deliveries(
    @Param('webhookId', { schema: webhookIdSchema }) webhookId: WebhookId,
    @Query({ schema: deliveryQuerySchema }) query: z.output<typeof deliveryQuerySchema>,
  ): Promise<z.input<typeof webhooksApi.deliveryListSchema>> {
    const { deliveries, more } = await this.webhooks.deliveriesOf(webhookId, query.cursor ?? null, query.limit);
    return z.encode(webhooksApi.deliveryListSchema, {
      deliveries: [...deliveries],
      nextCursor: more ? (deliveries.at(-1)?.deliveryId ?? null) : null,
    });
  }

  @Post('webhook-deliveries/:deliveryId/replays')
  @HttpCode(200)
  async replay(
    @Param('deliveryId', { schema: deliveryIdSchema }) deliveryId: DeliveryId,
    @Actor() actor: AccessClaims,
  ): Promise<DeliveryAnswer> {
    return z.encode(webhooksApi.deliverySchema, await this.webhooks.replay(deliveryId, actor.subject));
  }
}
