import { Controller, Get, Inject, Param, UseGuards } from '@nestjs/common';
import { generationIdSchema, type GenerationId, type SignedReceipt } from '@apilink/contracts';
import { JwtGuard, Roles } from '@apilink/service';

import { ReceiptService } from './receipt.service.js';

@Controller('api/billing/v1/generations')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class GenerationController {
  constructor(@Inject(ReceiptService) private readonly receipts: ReceiptService) {}

  @Get(':generationId')
  show(@Param('generationId', { schema: generationIdSchema }) generationId: GenerationId): Promise<SignedReceipt> {
    return this.receipts.signed(generationId);
  }
}
