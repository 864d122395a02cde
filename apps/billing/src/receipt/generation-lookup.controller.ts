import { Body, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { generationLookupRequestSchema, internalPaths, type SignedReceipt } from '@apilink/contracts';
import { ServiceTokenGuard } from '@apilink/service';
import type { z } from 'zod';

import { ReceiptService } from './receipt.service.js';

/** `GET /v1/generation?id=` of an edge ends here: one that only the gate knows yet is answered as open, too. */
@Controller(internalPaths.generationLookup)
@UseGuards(ServiceTokenGuard)
export class GenerationLookupController {
  constructor(@Inject(ReceiptService) private readonly receipts: ReceiptService) {}

  @Post()
  @HttpCode(200)
  lookUp(
    @Body({ schema: generationLookupRequestSchema }) body: z.output<typeof generationLookupRequestSchema>,
  ): Promise<SignedReceipt> {
    return this.receipts.signedOfAccount(body.accountId, body.generationId);
  }
}
