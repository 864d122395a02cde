import { hash } from 'node:crypto';

import { Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { z } from 'zod';

import { SANDBOX_PATH } from './sandbox-channel.client.js';
import { checkoutPage, noCheckoutPage } from './sandbox-checkout-page.domain.js';
import { sandboxActions, SandboxCheckoutService, type SandboxAction } from './sandbox-checkout.service.js';
import { checkoutStyle } from './sandbox-checkout-style.domain.js';
import { languageOf, type Language } from './sandbox-checkout-text.domain.js';

interface Reply {
  code(status: number): Reply;
  header(name: string, value: string): Reply;
}

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', checkoutStyle, 'base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const referenceSchema = z.string().max(100);
const actionSchema = z.enum(sandboxActions);

/** The sandbox's checkout page. Whoever has its address may pay: it is drawn, and the money is not real. */
@Controller('sandbox-checkout')
export class SandboxCheckoutController {
  constructor(@Inject(SandboxCheckoutService) private readonly sandbox: SandboxCheckoutService) {}

  @Get(':reference')
  async show(
    @Param('reference', { schema: referenceSchema }) reference: string,
    @Query('lang') asked: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    reply.header('content-type', 'text/html; charset=utf-8').header('content-security-policy', policy);
    const view = await this.sandbox.view(reference);
    if (view === null) {
      reply.code(404);
      return noCheckoutPage(placeOf(reference, languageOf(asked, 'en')));
    }
    return checkoutPage(view, placeOf(reference, languageOf(asked, view.checkout.language)));
  }

  /** Answers with the page's address, so that a reload does not send the form again. */
  @Post(':reference/:action')
  @HttpCode(303)
  async act(
    @Param('reference', { schema: referenceSchema }) reference: string,
    @Param('action', { schema: actionSchema }) action: SandboxAction,
    @Query('lang') asked: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<void> {
    await this.sandbox.act(reference, action);
    const { path, language } = placeOf(reference, languageOf(asked, 'en'));
    reply.header('location', `${path}?lang=${language}`);
  }
}

function placeOf(reference: string, language: Language) {
  return { path: `${SANDBOX_PATH}/${encodeURIComponent(reference)}`, language };
}
