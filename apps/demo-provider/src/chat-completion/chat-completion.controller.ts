import { Body, Controller, Inject, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { chatCompletionRequestSchema, type ChatCompletionRequest } from './chat-completion.domain.js';
import { ChatCompletionService } from './chat-completion.service.js';

@Controller('v1/chat/completions')
export class ChatCompletionController {
  constructor(@Inject(ChatCompletionService) private readonly completions: ChatCompletionService) {}

  @Post()
  create(
    @Body({ schema: chatCompletionRequestSchema }) request: ChatCompletionRequest,
    @Res() reply: FastifyReply,
  ): void {
    this.completions.answer(request, reply.raw);
    reply.hijack();
  }
}
