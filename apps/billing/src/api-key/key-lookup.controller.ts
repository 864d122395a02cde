import { Body, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { internalPaths, keyLookupReplySchema, keyLookupRequestSchema } from '@apilink/contracts';
import { ServiceTokenGuard } from '@apilink/service';
import { z } from 'zod';

import { KeyLookupService } from './key-lookup.service.js';

/** For an edge whose gate does not list a key: only this answer makes a key unknown. */
@Controller(internalPaths.keyLookup)
@UseGuards(ServiceTokenGuard)
export class KeyLookupController {
  constructor(@Inject(KeyLookupService) private readonly lookups: KeyLookupService) {}

  @Post()
  @HttpCode(200)
  async lookUp(
    @Body({ schema: keyLookupRequestSchema }) body: z.output<typeof keyLookupRequestSchema>,
  ): Promise<z.input<typeof keyLookupReplySchema>> {
    return z.encode(keyLookupReplySchema, await this.lookups.lookUp(body.keyHash));
  }
}
