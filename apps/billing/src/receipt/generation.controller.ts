import { Controller, Get, Inject, Param, UseGuards } from '@nestjs/common';
import { generationIdSchema, type GenerationId, type Receipt } from '@apilink/contracts';
import { JwtGuard, Roles } from '@apilink/service';

import { ReceiptService } from './receipt.service.js';

@Controller('api/billing/v1/generations')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class GenerationController {
  constructor(@Inject(ReceiptService) private readonly receipts: ReceiptService) {}

  @Get(':generationId')
  async show(
    @Param('generationId', { schema: generationIdSchema }) generationId: GenerationId,
  ): Promise<{ data: Receipt }> {
    return { data: await this.receipts.find(generationId) };
  }
}
