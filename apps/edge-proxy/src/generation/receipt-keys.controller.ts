import { Controller, Get, Header, Inject } from '@nestjs/common';
import { RECEIPT_KEYS_PATH, type ReceiptKeySet } from '@apilink/contracts';

import { ReceiptKeysService } from './receipt-keys.service.js';

/** The public keys of receipts: no API key is asked for, nothing here is secret. */
@Controller(RECEIPT_KEYS_PATH)
export class ReceiptKeysController {
  constructor(@Inject(ReceiptKeysService) private readonly keys: ReceiptKeysService) {}

  @Get()
  @Header('cache-control', 'public, max-age=300')
  @Header('access-control-allow-origin', '*')
  published(): Promise<ReceiptKeySet> {
    return this.keys.published();
  }
}
