import type { IncomingHttpHeaders } from 'node:http';

import { Body, Controller, Headers, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { paymentsApi } from '@apilink/contracts';
import { ApiError } from '@apilink/service';
import { z } from 'zod';

import { PaymentService } from './payment.service.js';

const channelSchema = z.string().max(64);

/** Events are small; nobody who has not signed anything makes us hash more. */
const EVENT_BYTES_MAX = 256 * 1024;

/** Below it, bodies come as the bytes that a channel signed. */
export const PAYMENT_EVENTS_PATH = '/api/billing/v1/payment-events/';

/** Where channels post what happened. There is no token: the channel's signature over the bytes is checked instead. */
@Controller('api/billing/v1/payment-events')
export class PaymentEventController {
  constructor(@Inject(PaymentService) private readonly payments: PaymentService) {}

  /** 200 = recorded, also when it was known; anything else, and the channel sends it again. */
  @Post(':channel')
  @HttpCode(200)
  async receive(
    @Param('channel', { schema: channelSchema }) channel: string,
    @Body() body: unknown,
    @Headers() received: IncomingHttpHeaders,
  ): Promise<z.input<typeof paymentsApi.paymentEventReplySchema>> {
    const headers = Object.fromEntries(
      Object.entries(received).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
    );
    const rawBody = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    if (rawBody.length > EVENT_BYTES_MAX) throw new ApiError('body_too_large', { limit: String(EVENT_BYTES_MAX) });
    await this.payments.receive(channel, { headers, rawBody });
    return { received: true };
  }
}
