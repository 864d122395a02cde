import { Body, Controller, Get, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { lotsApi } from '@apilink/contracts';
import { formatFxRate, parseFxRate } from '@apilink/money';
import { Actor, ApiError, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import type { FxQuote } from './fx-quote.domain.js';
import { FxQuoteService } from './fx-quote.service.js';

const LIST_MAX = 100;

@Controller('api/billing/v1/fx-quotes')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class FxQuoteController {
  constructor(@Inject(FxQuoteService) private readonly quotes: FxQuoteService) {}

  /** What RMB is credited with from now on; orders that were quoted before keep their rate. */
  @Post()
  @HttpCode(201)
  async set(
    @Body({ schema: lotsApi.fxSetSchema }) body: z.output<typeof lotsApi.fxSetSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof lotsApi.fxQuoteSchema>> {
    const { currency, rate, spreadBasisPoints, validForSeconds } = body;
    const marketRate = parseFxRate(rate);
    if (marketRate === null) throw new ApiError('invalid_parameter', { param: 'rate', detail: 'a rate is above zero' });
    const validForMs = validForSeconds * 1_000;
    const order = { currency, marketRate, spreadBasisPoints, validForMs, actor: actor.subject };
    return wireOf(await this.quotes.set(order));
  }

  /** Newest first. */
  @Get()
  async list(): Promise<z.input<typeof lotsApi.fxQuoteListSchema>> {
    return { quotes: (await this.quotes.list(LIST_MAX)).map(wireOf) };
  }
}

function wireOf(quote: FxQuote): z.input<typeof lotsApi.fxQuoteSchema> {
  const { rate, marketRate } = quote;
  return z.encode(lotsApi.fxQuoteSchema, { ...quote, rate: formatFxRate(rate), marketRate: formatFxRate(marketRate) });
}
