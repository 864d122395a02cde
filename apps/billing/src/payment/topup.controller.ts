import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, UseGuards } from '@nestjs/common';
import { paymentOrderIdSchema, paymentsApi, type PaymentOrderId } from '@apilink/contracts';
import { formatFxRate } from '@apilink/money';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import type { PaymentOrder } from './payment-order.domain.js';
import { TopupService } from './topup.service.js';

@Controller('api/billing/v1/topups')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class TopupController {
  constructor(@Inject(TopupService) private readonly topups: TopupService) {}

  /** Answers with the address of the checkout. */
  @Post()
  @HttpCode(201)
  async create(
    @Body({ schema: paymentsApi.topupCreateSchema }) body: z.output<typeof paymentsApi.topupCreateSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof paymentsApi.topupSchema>> {
    return z.encode(paymentsApi.topupSchema, viewOf(await this.topups.create(body, actor.subject)));
  }

  @Get()
  async list(
    @Query({ schema: paymentsApi.topupQuerySchema }) query: z.output<typeof paymentsApi.topupQuerySchema>,
  ): Promise<z.input<typeof paymentsApi.topupPageSchema>> {
    const { cursor, ...filter } = query;
    const { orders, more } = await this.topups.list({ ...filter, before: cursor });
    const last = orders.at(-1)?.orderId;
    return {
      topups: orders.map((order) => z.encode(paymentsApi.topupSchema, viewOf(order))),
      nextCursor: more && last !== undefined ? z.encode(paymentOrderIdSchema, last) : null,
    };
  }

  @Get(':orderId')
  async show(
    @Param('orderId', { schema: paymentOrderIdSchema }) orderId: PaymentOrderId,
  ): Promise<z.input<typeof paymentsApi.topupDetailSchema>> {
    const { order, payments } = await this.topups.show(orderId);
    return z.encode(paymentsApi.topupDetailSchema, { ...viewOf(order), payments: [...payments] });
  }
}

function viewOf(order: PaymentOrder): z.output<typeof paymentsApi.topupSchema> {
  return { ...order, fxRate: order.fxQuote === null ? null : formatFxRate(order.fxQuote.rate) };
}
