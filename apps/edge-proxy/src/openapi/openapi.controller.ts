import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { OpenApiService } from './openapi.service.js';

/** The document of this API; no key is asked for. */
@Controller('openapi.json')
export class OpenApiController {
  constructor(@Inject(OpenApiService) private readonly documents: OpenApiService) {}

  @Get()
  async document(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { host, 'x-forwarded-proto': proto } = request.headers;
    const text = this.documents.text({
      host: host ?? '',
      isSecure: proto === 'https' || request.protocol === 'https',
      hasRoute: (method, url) => request.server.hasRoute({ method, url }),
    });
    await reply
      .header('content-type', 'application/json; charset=utf-8')
      .header('cache-control', 'public, no-cache')
      .header('access-control-allow-origin', '*')
      .send(text);
  }
}
