import { Body, Controller, Get, HttpCode, Inject, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import { accountIdSchema, billingApi, type AccountId } from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import { printedRemittanceCode } from '../bank-transfer/remittance-code.domain.js';
import { postedOf } from '../ledger/ledger.domain.js';
import { AccountService, type AccountFigures } from './account.service.js';

const listQuerySchema = billingApi.pageQuerySchema.extend({ cursor: accountIdSchema.optional() });

@Controller('api/billing/v1/accounts')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class AccountController {
  constructor(@Inject(AccountService) private readonly accounts: AccountService) {}

  @Post()
  @HttpCode(201)
  async create(
    @Body({ schema: billingApi.accountCreateSchema }) body: z.output<typeof billingApi.accountCreateSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof billingApi.accountSchema>> {
    return wireOf(await this.accounts.create(body, actor.subject));
  }

  @Get()
  async list(
    @Query({ schema: listQuerySchema }) query: z.output<typeof listQuerySchema>,
  ): Promise<z.input<typeof billingApi.accountPageSchema>> {
    const { accounts, more } = await this.accounts.list(query.cursor ?? null, query.limit);
    const last = accounts.at(-1)?.account.accountId;
    return {
      accounts: accounts.map(wireOf),
      nextCursor: more && last !== undefined ? z.encode(accountIdSchema, last) : null,
    };
  }

  @Get(':accountId')
  async show(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
  ): Promise<z.input<typeof billingApi.accountSchema>> {
    return wireOf(await this.accounts.show(accountId));
  }

  @Patch(':accountId')
  async update(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Body({ schema: billingApi.accountUpdateSchema }) body: z.output<typeof billingApi.accountUpdateSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<z.input<typeof billingApi.accountSchema>> {
    return wireOf(await this.accounts.update(accountId, body, actor.subject));
  }
}

function wireOf({
  account,
  balance,
  heldNanoUsd,
  remittanceCode,
}: AccountFigures): z.input<typeof billingApi.accountSchema> {
  return z.encode(billingApi.accountSchema, {
    accountId: account.accountId,
    name: account.name,
    status: account.status,
    timeZone: account.timeZone,
    defaultWorkspaceId: account.defaultWorkspaceId,
    postedNanoUsd: postedOf(balance),
    promoNanoUsd: balance.promoNanoUsd,
    paidNanoUsd: balance.paidNanoUsd,
    heldNanoUsd,
    availableNanoUsd: postedOf(balance) - heldNanoUsd,
    creditedNanoUsd: balance.creditedNanoUsd,
    spentNanoUsd: balance.spentNanoUsd,
    ...(remittanceCode === null ? {} : { remittanceCode: printedRemittanceCode(remittanceCode) }),
    createdAt: account.createdAt,
  });
}
