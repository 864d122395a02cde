import { Body, Controller, Headers, Inject, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { tryForm } from '../work/form.domain.js';
import { WorkService } from '../work/work.service.js';
import { readTranscription } from './transcription.domain.js';

@Controller('v1/audio/transcriptions')
export class TranscriptionController {
  constructor(@Inject(WorkService) private readonly works: WorkService) {}

  @Post()
  async create(
    @Body() body: unknown,
    @Headers('content-type') contentType: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = await tryForm(body, contentType);
    this.works.play(reply.raw, () => {
      if ('refusal' in form) throw form.refusal;
      return readTranscription(form);
    });
    reply.hijack();
  }
}
