import { PassThrough } from 'node:stream';

import { Body, Controller, HttpCode, Inject, Param, Post, StreamableFile, UseGuards } from '@nestjs/common';
import { accountIdSchema, billingApi, type AccountId } from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import type { z } from 'zod';

import { LedgerRepublishService } from './ledger-republish.service.js';

@Controller('api/billing/v1/accounts/:accountId/ledger-republications')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class LedgerRepublishController {
  constructor(@Inject(LedgerRepublishService) private readonly republications: LedgerRepublishService) {}

  /** Lines of JSON while it runs, the report last; one that fails breaks the answer off before its report. */
  @Post()
  @HttpCode(200)
  async republish(
    @Param('accountId', { schema: accountIdSchema }) accountId: AccountId,
    @Body({ schema: billingApi.republishRequestSchema }) body: z.output<typeof billingApi.republishRequestSchema>,
    @Actor() actor: AccessClaims,
  ): Promise<StreamableFile> {
    const request = { accountId, from: body.from, actor: actor.subject };
    await this.republications.begin(request);
    const lines = new PassThrough();
    this.republications
      .republish(request, (line) => {
        if (!lines.destroyed) lines.write(`${JSON.stringify(line)}\n`);
      })
      .then(
        () => lines.end(),
        (error: unknown) => lines.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    return new StreamableFile(lines, { type: 'application/x-ndjson' });
  }
}
