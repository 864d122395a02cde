import { hash } from 'node:crypto';

import { Controller, Get, Headers, Inject, Query, Res } from '@nestjs/common';

import { ComponentService } from '../component/component.service.js';
import { answerCached, type Reply } from '../summary/cached-answer.factory.js';
import { pageStyle } from './page-style.domain.js';
import { statusPage } from './status-page.domain.js';
import { chooseLanguage } from './status-text.domain.js';

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', pageStyle, 'base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page for people, rendered from memory alone. */
@Controller('status')
export class PageController {
  constructor(@Inject(ComponentService) private readonly components: ComponentService) {}

  @Get()
  show(
    @Query('lang') asked: string | readonly string[] | undefined,
    @Headers('accept-language') acceptLanguage: string | undefined,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): string {
    const language = chooseLanguage(typeof asked === 'string' ? asked : undefined, acceptLanguage);
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .header('vary', 'accept-language');
    return answerCached(statusPage(this.components.board(), language), known, reply);
  }
}
