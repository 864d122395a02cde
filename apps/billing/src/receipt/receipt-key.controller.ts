import { Controller, Get, Header, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { RECEIPT_KEYS_PATH, usageApi, type ReceiptKeySet } from '@apilink/contracts';
import { Actor, JwtGuard, Roles, type AccessClaims } from '@apilink/service';
import { z } from 'zod';

import type { PublishedKey } from './receipt-key.repository.js';
import { ReceiptKeyService } from './receipt-key.service.js';

/** The public keys of receipts, for everybody. */
@Controller(RECEIPT_KEYS_PATH)
export class PublishedReceiptKeyController {
  constructor(@Inject(ReceiptKeyService) private readonly keys: ReceiptKeyService) {}

  @Get()
  @Header('cache-control', 'public, max-age=300')
  @Header('access-control-allow-origin', '*')
  published(): Promise<ReceiptKeySet> {
    return this.keys.published();
  }
}

@Controller('api/billing/v1/receipt-keys')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class ReceiptKeyController {
  constructor(@Inject(ReceiptKeyService) private readonly keys: ReceiptKeyService) {}

  @Get()
  async list(): Promise<z.input<typeof usageApi.receiptKeyListSchema>> {
    return wireOf(await this.keys.list());
  }

  /** A repeat before the new key signs answers with the same one. */
  @Post('rotations')
  @HttpCode(200)
  async rotate(@Actor() actor: AccessClaims): Promise<z.input<typeof usageApi.receiptKeyListSchema>> {
    return wireOf(await this.keys.rotate(actor.subject));
  }
}

function wireOf(keys: readonly PublishedKey[]): z.input<typeof usageApi.receiptKeyListSchema> {
  return z.encode(usageApi.receiptKeyListSchema, {
    keys: keys.map(({ kid, signsFrom, canSign }) => ({ kid, signsFrom, canSign })),
  });
}
