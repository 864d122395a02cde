import { Body, Controller, HttpCode, Inject, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { conversationTokens } from '../turn/turn-plan.domain.js';
import { TurnService } from '../turn/turn.service.js';
import { messageDialect } from './message-answer.domain.js';
import { readCountRequest, readMessageRequest } from './message-request.domain.js';

@Controller('v1/messages')
export class MessageController {
  constructor(@Inject(TurnService) private readonly turns: TurnService) {}

  @Post()
  create(@Body() body: unknown, @Res() reply: FastifyReply): void {
    this.turns.answer(messageDialect, readMessageRequest(body), reply.raw);
    reply.hijack();
  }

  @Post('count_tokens')
  @HttpCode(200)
  count(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply): object {
    const reading = readCountRequest(body);
    if ('entries' in reading) return { input_tokens: conversationTokens(reading.entries) };
    reply.status(reading.refusal.status);
    return messageDialect.errorBody(reading.refusal);
  }
}
