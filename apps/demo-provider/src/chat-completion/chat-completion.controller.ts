import { Body, Controller, Inject, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { TurnService } from '../turn/turn.service.js';
import { chatDialect } from './chat-answer.domain.js';
import { readChatRequest } from './chat-request.domain.js';

@Controller('v1/chat/completions')
export class ChatCompletionController {
  constructor(@Inject(TurnService) private readonly turns: TurnService) {}

  @Post()
  create(@Body() body: unknown, @Res() reply: FastifyReply): void {
    this.turns.answer(chatDialect, readChatRequest(body), reply.raw);
    reply.hijack();
  }
}
