import { Body, Controller, Get, HttpCode, Inject, Param, Patch, Post, UseGuards } from '@nestjs/common';
import { accountIdSchema, billingApi, workspaceIdSchema, type AccountId, type WorkspaceId } from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import type { WorkspaceRecord } from './workspace.domain.js';
import { WorkspaceService } from './workspace.service.js';

@Controller('api/billing/v1')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class WorkspaceController {
  constructor(@Inject(WorkspaceService) private readonly workspaces: WorkspaceService) {}

  @Post('accounts/:accountId/workspaces')
  @HttpCode(201)
  async create(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Body({ schema: billingApi.workspaceCreateSchema }) body: z.output<typeof billingApi.workspaceCreateSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof billingApi.workspaceSchema>> {
    return wireOf(await this.workspaces.create({ accountId, ...body }, actor.subject));
  }

  @Get('accounts/:accountId/workspaces')
  async list(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
  ): Promise<z.input<typeof billingApi.workspaceListSchema>> {
    return { workspaces: (await this.workspaces.list(accountId)).map(wireOf) };
  }

  @Patch('workspaces/:workspaceId')
  async update(
    @Param('workspaceId', { schema: workspaceIdSchema }) workspaceId: WorkspaceId,
    @Body({ schema: billingApi.workspaceUpdateSchema }) body: z.output<typeof billingApi.workspaceUpdateSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof billingApi.workspaceSchema>> {
    return wireOf(await this.workspaces.update(workspaceId, body, actor.subject));
  }
}

function wireOf(workspace: WorkspaceRecord): z.input<typeof billingApi.workspaceSchema> {
  return z.encode(billingApi.workspaceSchema, {
    workspaceId: workspace.workspaceId,
    accountId: workspace.accountId,
    name: workspace.name,
    status: workspace.status,
    monthlyBudgetNanoUsd: workspace.monthlyBudgetNanoUsd,
    createdAt: workspace.createdAt,
  });
}
