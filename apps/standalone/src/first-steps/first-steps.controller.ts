import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { isOwnReader } from '../front-listener/own-reader.service.js';
import { firstStepsPage, type FirstSteps } from './first-steps-page.domain.js';
import { chooseLanguage } from './first-steps-text.domain.js';
import { pageScript } from './page-script.domain.js';
import { pageStyle } from './page-style.domain.js';

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', pageStyle, 'base64')}'`,
  `script-src 'sha256-${hash('sha256', pageScript, 'base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  vary: 'accept-language',
  'content-security-policy': policy,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

export type FirstStepsFacts = Omit<FirstSteps, 'language' | 'apiKey'> & { readonly apiKey: string };

/**
 * Serves `/`: GET and HEAD. The key is shown only to a browser of this machine that asked for this machine by a
 * loopback name: a page of the network, one whose name was made to point here, or one that came through a proxy on this
 * machine (who may ask for somebody far away) reads none.
 */
export function serveFirstSteps(facts: FirstStepsFacts, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', 'content-length': '0' }).end();
    return;
  }
  const asked = new URLSearchParams(request.url?.split('?', 2)[1] ?? '').get('lang');
  const page = firstStepsPage({
    ...facts,
    language: chooseLanguage(asked, request.headers['accept-language']),
    apiKey: isOwnReader(request) ? facts.apiKey : null,
  });
  response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(page) });
  response.end(request.method === 'HEAD' ? undefined : page);
}
