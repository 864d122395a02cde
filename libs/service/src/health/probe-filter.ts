import { Catch, ServiceUnavailableException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** A probe that fails is an answer and no error: 503 with what was found, for the one who asks. */
@Catch(ServiceUnavailableException)
export class ProbeFilter implements ExceptionFilter<ServiceUnavailableException> {
  catch(unavailable: ServiceUnavailableException, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    void reply.code(503).send(unavailable.getResponse());
  }
}
