import { hash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { accountIdSchema } from '@apilink/contracts';
import type { Logger } from '@apilink/service';
import { z } from 'zod';

import { chooseLanguage, type Language } from '../first-steps/first-steps-text.domain.js';
import { isOwnReader } from '../front-listener/own-reader.service.js';
import { BillingClient, RefusedError } from '../quickstart/billing.client.js';
import { topUpPageText } from './top-up-page.domain.js';
import { topUpStyle } from './top-up-style.domain.js';
import { topUpTexts } from './top-up-text.domain.js';

const FORM_BYTES_MAX = 1_024;

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', topUpStyle, 'base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  vary: 'accept-language',
  'content-security-policy': policy,
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

export interface TopUpFacts {
  readonly origin: string;
  /** Without the sandbox there is nothing here. */
  readonly isEnabled: boolean;
  readonly operatorToken: string;
  /** The quick start's, in wire form. */
  readonly accountId: string;
  readonly logger: Pick<Logger, 'error'>;
}

const formSchema = z.object({ amount: z.string().max(20), currency: z.enum(['USD', 'CNY']) });
const refusalSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/**
 * `/top-up`: a form, and an order of the quick start account whose sandbox checkout opens next. It acts for the operator,
 * so it acts only for a browser of this machine that sends its own form; and only play money comes of it.
 */
export function topUpPage(facts: TopUpFacts): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    serve(facts, request, response).catch((error: unknown) => {
      facts.logger.error({ err: error }, 'The page for top-ups failed.');
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'content-length': '0' }).end();
    });
  };
}

async function serve(facts: TopUpFacts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!facts.isEnabled) {
    response.writeHead(404, { 'content-length': '0' }).end();
    return;
  }
  const asked = new URLSearchParams(request.url?.split('?', 2)[1] ?? '').get('lang');
  const language = chooseLanguage(asked, request.headers['accept-language']);
  const isForeign = !isOwnReader(request);
  const page = { language, refusal: null, written: '', isForeign };
  if (request.method === 'GET' || request.method === 'HEAD') {
    return show(response, 200, topUpPageText(page), request.method === 'HEAD');
  }
  if (request.method !== 'POST') {
    response.writeHead(405, { allow: 'GET, HEAD, POST', 'content-length': '0' }).end();
    return;
  }
  if (isForeign || !isOwnForm(request)) return show(response, 403, topUpPageText({ ...page, isForeign: true }));
  const form = await readForm(request);
  const result = await order(facts, language, form);
  if ('path' in result) return redirect(response, result.path);
  return show(response, 400, topUpPageText({ ...page, ...result, written: form.get('amount') ?? '' }));
}

async function order(
  { origin, operatorToken, accountId }: TopUpFacts,
  language: Language,
  form: URLSearchParams,
): Promise<{ readonly path: string } | { readonly refusal: string }> {
  const text = topUpTexts[language];
  const read = formSchema.safeParse(Object.fromEntries(form));
  const minorUnits = read.success ? minorUnitsOf(read.data.amount) : null;
  if (!read.success || minorUnits === null) return { refusal: text.unreadable };
  try {
    const billing = await BillingClient.signIn(origin, operatorToken);
    const { checkoutUrl } = await billing.createTopup({
      accountId: accountIdSchema.parse(accountId),
      currency: read.data.currency,
      minorUnits,
      language,
      requestKey: randomUUID(),
    });
    // Its path alone: the browser may have come by another name of this machine.
    const { pathname, search } = new URL(checkoutUrl ?? origin);
    return { path: pathname + search };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { refusal: refusalText(error, language) };
  }
}

/** In the reader's language where it is the amount; otherwise as billing says it. */
function refusalText({ body }: RefusedError, language: Language): string {
  const read = refusalSchema.safeParse(parsed(body));
  if (!read.success) return topUpTexts[language].unreadable;
  const { code, message } = read.data.error;
  const [, least] = /at least (.+); /.exec(message) ?? [];
  return code === 'topup_below_minimum' && least !== undefined
    ? topUpTexts[language].tooLittle.replace('{least}', () => least)
    : message;
}

function minorUnitsOf(text: string): bigint | null {
  const [, whole, fraction = ''] = /^(0|[1-9]\d{0,8})(?:[.](\d{1,2}))?$/.exec(text.trim()) ?? [];
  const units = whole === undefined ? 0n : BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
  return units > 0n ? units : null;
}

/** Browsers tell where a form came from: a page of elsewhere cannot send ours. */
function isOwnForm({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return headers.origin === undefined || headers.origin === `http://${headers.host ?? ''}`;
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > FORM_BYTES_MAX) return new URLSearchParams();
    chunks.push(part);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

function show(response: ServerResponse, status: number, page: string, isHead = false): void {
  response.writeHead(status, { ...pageHeaders, 'content-length': Buffer.byteLength(page) });
  response.end(isHead ? undefined : page);
}

function redirect(response: ServerResponse, path: string): void {
  response.writeHead(303, { location: path, 'cache-control': 'no-store', 'content-length': '0' }).end();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
