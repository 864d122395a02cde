import { Body, Controller, HttpCode, Inject, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { conversationTokens } from '../turn/turn-plan.domain.js';
import { TurnService } from '../turn/turn.service.js';
import { responseDialect } from './response-answer.domain.js';
import { readResponseRequest } from './response-request.domain.js';

@Controller('v1/responses')
export class ResponseController {
  constructor(@Inject(TurnService) private readonly turns: TurnService) {}

  @Post()
  create(@Body() body: unknown, @Res() reply: FastifyReply): void {
    this.turns.answer(responseDialect, readResponseRequest(body), reply.raw);
    reply.hijack();
  }

  @Post('input_tokens')
  @HttpCode(200)
  count(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply): object {
    const reading = readResponseRequest(body);
    if ('conversation' in reading)
      return { object: 'response.input_tokens', input_tokens: conversationTokens(reading.conversation.entries) };
    reply.status(reading.refusal.status);
    return responseDialect.errorBody(reading.refusal);
  }
}
