import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, UseGuards } from '@nestjs/common';
import { paymentsApi, suspenseIdSchema, type SuspenseId } from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import { wireOfSuspense } from './suspense-view.factory.js';
import { SuspenseService } from './suspense.service.js';

type Wire = z.input<typeof paymentsApi.suspenseSchema>;

/** Money that arrived and is nobody's yet: one operator asks, another one approves. */
@Controller('api/billing/v1/suspense-entries')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class SuspenseController {
  constructor(@Inject(SuspenseService) private readonly suspense: SuspenseService) {}

  @Get()
  async list(
    @Query({ schema: paymentsApi.suspenseQuerySchema }) query: z.output<typeof paymentsApi.suspenseQuerySchema>,
  ): Promise<z.input<typeof paymentsApi.suspensePageSchema>> {
    const { state, cursor, limit } = query;
    const { entries, more } = await this.suspense.list({ state, before: cursor, limit });
    const last = entries.at(-1)?.suspenseId;
    return {
      entries: entries.map(wireOfSuspense),
      nextCursor: more && last !== undefined ? z.encode(suspenseIdSchema, last) : null,
    };
  }

  @Get(':suspenseId')
  async show(@Param('suspenseId', { schema: suspenseIdSchema }) suspenseId: SuspenseId): Promise<Wire> {
    return wireOfSuspense(await this.suspense.show(suspenseId));
  }

  @Post(':suspenseId/match')
  @HttpCode(200)
  async match(
    @Param('suspenseId', { schema: suspenseIdSchema }) suspenseId: SuspenseId,
    @Body({ schema: paymentsApi.suspenseMatchSchema }) body: z.output<typeof paymentsApi.suspenseMatchSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<Wire> {
    return wireOfSuspense(await this.suspense.match(suspenseId, body.accountId, actor.subject));
  }

  @Post(':suspenseId/return')
  @HttpCode(200)
  async askReturn(
    @Param('suspenseId', { schema: suspenseIdSchema }) suspenseId: SuspenseId,
    @Body({ schema: paymentsApi.suspenseReturnSchema }) body: z.output<typeof paymentsApi.suspenseReturnSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<Wire> {
    return wireOfSuspense(await this.suspense.askReturn(suspenseId, { ...body, actor: actor.subject }));
  }

  @Post(':suspenseId/rejection')
  @HttpCode(200)
  async reject(
    @Param('suspenseId', { schema: suspenseIdSchema }) suspenseId: SuspenseId,
    @Body({ schema: paymentsApi.suspenseRejectionSchema }) body: z.output<typeof paymentsApi.suspenseRejectionSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<Wire> {
    return wireOfSuspense(await this.suspense.reject(suspenseId, body.reason, actor.subject));
  }

  /** Answers when ledger and gate both know a credit. */
  @Post(':suspenseId/approval')
  @HttpCode(200)
  async approve(
    @Param('suspenseId', { schema: suspenseIdSchema }) suspenseId: SuspenseId,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof paymentsApi.suspenseApprovedSchema>> {
    const { entry, postedNanoUsd } = await this.suspense.approve(suspenseId, actor.subject);
    return z.encode(paymentsApi.suspenseApprovedSchema, { ...entry, postedNanoUsd });
  }
}
