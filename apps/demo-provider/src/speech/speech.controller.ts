import { Body, Controller, Inject, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { WorkService } from '../work/work.service.js';
import { readSpeech } from './speech.domain.js';

@Controller('v1/audio/speech')
export class SpeechController {
  constructor(@Inject(WorkService) private readonly works: WorkService) {}

  @Post()
  create(@Body() body: unknown, @Res() reply: FastifyReply): void {
    this.works.play(reply.raw, () => readSpeech(body));
    reply.hijack();
  }
}
