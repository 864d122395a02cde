import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { KeyAccessService } from './key-access.service.js';
import { creditsData, keyData } from './key-figures.factory.js';

/** What a key may still spend, and its account's credit: one read of the gate each. */
@Controller(['v1', 'api/v1'])
export class KeyController {
  constructor(@Inject(KeyAccessService) private readonly access: KeyAccessService) {}

  @Get('key')
  async key(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { identity, reading } = await this.access.enter(request, reply);
    return { data: keyData(identity.wire, reading) };
  }

  @Get('credits')
  async credits(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { reading } = await this.access.enter(request, reply);
    return { data: creditsData(reading.left) };
  }
}
