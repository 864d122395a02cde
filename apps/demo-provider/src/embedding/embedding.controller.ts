import { Body, Controller, Inject, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { WorkService } from '../work/work.service.js';
import { readEmbedding } from './embedding.domain.js';

@Controller('v1/embeddings')
export class EmbeddingController {
  constructor(@Inject(WorkService) private readonly works: WorkService) {}

  @Post()
  create(@Body() body: unknown, @Res() reply: FastifyReply): void {
    this.works.play(reply.raw, () => readEmbedding(body));
    reply.hijack();
  }
}
