import { Body, Controller, Inject, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { conversationTokens } from '../turn/turn-plan.domain.js';
import { TurnService } from '../turn/turn.service.js';
import { contentDialect } from './content-answer.domain.js';
import { readContentRequest } from './content-request.domain.js';

/** Gemini's paths: the model and what is wanted of it stand in one segment, `MODEL:generateContent`. */
@Controller(['v1beta/models', 'v1/models'])
export class ContentGenerationController {
  constructor(@Inject(TurnService) private readonly turns: TurnService) {}

  @Post(':call')
  generate(
    @Param('call') call: string,
    @Query('alt') alt: string | undefined,
    @Body() body: unknown,
    @Res() reply: FastifyReply,
  ): void {
    const [, model = '', method = ''] = /^(.+):(\w+)$/.exec(call) ?? [];
    const path = { model, stream: method === 'streamGenerateContent', events: alt === 'sse' };
    const reading = readContentRequest(body, path);
    reply.hijack();
    if (method === 'countTokens' && 'conversation' in reading) {
      const count = { totalTokens: conversationTokens(reading.conversation.entries) };
      reply.raw.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(count));
      return;
    }
    const known = ['generateContent', 'streamGenerateContent', 'countTokens'].includes(method);
    const unknown = { refusal: { status: 404, message: `${call} is not known.`, code: 'not_found', param: null } };
    this.turns.answer(contentDialect, known ? reading : unknown, reply.raw);
  }
}
