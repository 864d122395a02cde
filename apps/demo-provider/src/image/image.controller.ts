import { Body, Controller, Headers, Inject, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { tryForm, type FormReading } from '../work/form.domain.js';
import { WorkRefusal } from '../work/work.domain.js';
import { WorkService } from '../work/work.service.js';
import { readImage } from './image.domain.js';

@Controller('v1/images')
export class ImageController {
  constructor(@Inject(WorkService) private readonly works: WorkService) {}

  @Post('generations')
  generate(@Body() body: unknown, @Res() reply: FastifyReply): void {
    this.works.play(reply.raw, () => readImage(body, null));
    reply.hijack();
  }

  @Post('edits')
  async edit(
    @Body() body: unknown,
    @Headers('content-type') contentType: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = await tryForm(body, contentType);
    this.works.play(reply.raw, () => editOf(form));
    reply.hijack();
  }
}

function editOf(form: FormReading) {
  if ('refusal' in form) throw form.refusal;
  const files = form.files.filter(({ name }) => name.startsWith('image')).map(({ content }) => content);
  if (files.length === 0) throw new WorkRefusal('image', 'Send a picture to edit.');
  return readImage(form.fields, { files });
}
