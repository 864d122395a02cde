import { Body, Controller, Inject, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { WorkService } from '../work/work.service.js';
import { readRerank } from './rerank.domain.js';

@Controller('v1/rerank')
export class RerankController {
  constructor(@Inject(WorkService) private readonly works: WorkService) {}

  @Post()
  create(@Body() body: unknown, @Res() reply: FastifyReply): void {
    this.works.play(reply.raw, () => readRerank(body));
    reply.hijack();
  }
}
