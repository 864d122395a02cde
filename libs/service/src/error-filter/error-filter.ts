import { skinOf } from '@apilink/contracts';
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Logger } from '../logger/logger.js';
import { errorAnswer } from './error-answer.js';
import type { RouteTable } from './route-table.js';
import { translateError } from './translate-error.js';

/** Answers every error from the catalogue. Causes and stacks go to the log, under the request's id, never to a client. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly routes: RouteTable,
    private readonly bodyBytesMax: number,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const [path = '/'] = request.url.split('?');
    const allowedMethods = this.routes.methodsOf(path);
    const error = translateError(thrown, {
      method: request.method,
      path,
      contentType: request.headers['content-type'],
      bodyBytesMax: this.bodyBytesMax,
      allowedMethods,
    });
    if (error.status >= 500) this.logger.error({ err: thrown, code: error.code, requestId: request.id }, error.message);
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const answer = errorAnswer(error.code, {
      details: error.details,
      requestId: request.id,
      retryAfterMs: error.retryAfterMs,
      skin: skinOf(path),
    });
    void reply
      .code(answer.status)
      .headers(answer.headers)
      .headers(error.code === 'method_not_allowed' ? { allow: allowedMethods.join(', ') } : {})
      .send(answer.body);
  }
}
