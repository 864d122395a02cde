import { Controller, Get, HttpCode, Inject, Param, Post, Query, UseGuards } from '@nestjs/common';
import { billingApi } from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import { DeadLetterService } from './dead-letter.service.js';

const idSchema = z.string().min(1).max(300);

@Controller('api/billing/v1/dead-letters')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class DeadLetterController {
  constructor(@Inject(DeadLetterService) private readonly deadLetters: DeadLetterService) {}

  @Get()
  async list(
    @Query({ schema: billingApi.pageQuerySchema }) query: z.output<typeof billingApi.pageQuerySchema>,
  ): Promise<z.input<typeof billingApi.deadLetterListSchema>> {
    const { deadLetters, nextCursor } = await this.deadLetters.list(query.cursor ?? null, query.limit);
    return z.encode(billingApi.deadLetterListSchema, { deadLetters: [...deadLetters], nextCursor });
  }

  @Get(':id')
  async show(@Param('id', { schema: idSchema }) id: string): Promise<z.input<typeof billingApi.deadLetterSchema>> {
    return z.encode(billingApi.deadLetterSchema, await this.deadLetters.show(id));
  }

  /** Puts the original event back to where it came from. */
  @Post(':id/replays')
  @HttpCode(200)
  async replay(
    @Param('id', { schema: idSchema }) id: string,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof billingApi.deadLetterSchema>> {
    return z.encode(billingApi.deadLetterSchema, await this.deadLetters.replay(id, actor.subject));
  }
}
