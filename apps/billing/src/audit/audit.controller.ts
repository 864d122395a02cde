import { PassThrough } from 'node:stream';

import { Body, Controller, HttpCode, Inject, Post, StreamableFile, UseGuards } from '@nestjs/common';
import { JwtGuard, Roles } from '@apilink/service';
import { z } from 'zod';

import { AuditService } from './audit.service.js';

const auditRequestSchema = z.object({ selfTest: z.boolean().default(false) });

@Controller('api/billing/v1/audits')
@UseGuards(JwtGuard)
@Roles('operator', 'admin')
export class AuditController {
  constructor(@Inject(AuditService) private readonly audits: AuditService) {}

  /** Lines of JSON while it runs, the report last; an audit that fails breaks the answer off before its report. */
  @Post()
  @HttpCode(200)
  audit(@Body({ schema: auditRequestSchema }) body: z.output<typeof auditRequestSchema>): StreamableFile {
    const lines = new PassThrough();
    this.audits
      .run(body.selfTest ? 'self-test' : 'audit', (line) => {
        if (!lines.destroyed) lines.write(`${JSON.stringify(line)}\n`);
      })
      .then(
        () => lines.end(),
        (error: unknown) => lines.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    return new StreamableFile(lines, { type: 'application/x-ndjson' });
  }
}
