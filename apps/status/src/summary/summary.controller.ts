import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';

import { ComponentService } from '../component/component.service.js';
import { STATUS_PAGE, type StatusPage } from '../status.config.js';
import { answerCached, type Reply } from './cached-answer.factory.js';
import { componentsOf, pageOf, statusOf, summaryOf } from './summary.domain.js';

/** Statuspage's JSON, for anybody: no credential, any origin. */
@Controller('api/v2')
export class SummaryController {
  constructor(
    @Inject(ComponentService) private readonly components: ComponentService,
    @Inject(STATUS_PAGE) private readonly page: StatusPage,
  ) {}

  @Get('summary.json')
  summary(@Headers('if-none-match') known: string | undefined, @Res({ passthrough: true }) reply: Reply): string {
    return this.#answer(summaryOf(this.components.board(), this.page.url), known, reply);
  }

  @Get('status.json')
  status(@Headers('if-none-match') known: string | undefined, @Res({ passthrough: true }) reply: Reply): string {
    const board = this.components.board();
    return this.#answer({ page: pageOf(board, this.page.url), status: statusOf(board) }, known, reply);
  }

  @Get('components.json')
  list(@Headers('if-none-match') known: string | undefined, @Res({ passthrough: true }) reply: Reply): string {
    const board = this.components.board();
    return this.#answer({ page: pageOf(board, this.page.url), components: componentsOf(board) }, known, reply);
  }

  #answer(document: object, known: string | undefined, reply: Reply): string {
    reply.header('access-control-allow-origin', '*').header('content-type', 'application/json; charset=utf-8');
    return answerCached(JSON.stringify(document), known, reply);
  }
}
