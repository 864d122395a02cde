import { Controller, Delete, Get, HttpCode, Inject, Req } from '@nestjs/common';
import { ApiError } from '@apilink/service';
import type { FastifyRequest } from 'fastify';

import { InspectionService } from './inspection.service.js';

/** The oracle of end-to-end tests: only for callers on the same machine. */
@Controller('internal/demo/requests')
export class InspectionController {
  constructor(@Inject(InspectionService) private readonly inspection: InspectionService) {}

  @Get()
  report(@Req() request: FastifyRequest): ReturnType<InspectionService['report']> {
    refuseStrangers(request);
    return this.inspection.report();
  }

  @Delete()
  @HttpCode(204)
  reset(@Req() request: FastifyRequest): void {
    refuseStrangers(request);
    this.inspection.reset();
  }
}

function refuseStrangers(request: FastifyRequest): void {
  const address = request.socket.remoteAddress ?? '';
  if (!/^(?:127\.|::1$|::ffff:127\.)/.test(address)) throw new ApiError('not_found', { detail: request.url });
}
