import { formatFxRate, formatUsd } from '@apilink/money';
import { paymentOrderIdSchema } from '@apilink/contracts';
import { z } from 'zod';

import { illegalState } from '../illegal-state.domain.js';
import { moneyText, type PaymentOrder } from '../payment/payment-order.domain.js';
import type { OrderPayment } from '../payment/payment.repository.js';
import type { SandboxAction, SandboxView } from './sandbox-checkout.service.js';
import { checkoutStyle } from './sandbox-checkout-style.domain.js';
import { checkoutTexts, languages, type CheckoutText, type Language } from './sandbox-checkout-text.domain.js';

const icon =
  'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"%3E%3Ccircle cx="4" cy="4" r="4" fill="%2308734e"/%3E%3C/svg%3E';

/** The address of the page without its query; a form adds what is done. */
export interface CheckoutPlace {
  readonly path: string;
  readonly language: Language;
}

/** The whole page, without a script: nothing comes from elsewhere, and everything that stands in it is escaped. */
export function checkoutPage(view: SandboxView, place: CheckoutPlace): string {
  const text = checkoutTexts[place.language];
  const title = titleOf(view, text);
  return framed(title, place, [
    `<p class="notice"><b>${escaped(text.sandbox)}</b> ${escaped(text.sandboxHint)}</p>`,
    view.order.state === 'created' || view.order.state === 'pending'
      ? `<h1>${escaped(title)}</h1>`
      : outcome(view, title, text),
    view.order.state === 'paid' ? balance(view, text) : '',
    facts(view, text),
    view.order.state === 'paid' ? '' : choices(view, place, text),
    payments(view.payments, text),
    view.order.state === 'created' || view.order.state === 'pending' ? rehearsals(view, place, text) : '',
  ]);
}

/** For an address that is none. */
export function noCheckoutPage(place: CheckoutPlace): string {
  const text = checkoutTexts[place.language];
  const lead = `<div><h1>${escaped(text.notFoundTitle)}</h1><p>${escaped(text.notFoundLead)}</p></div>`;
  return framed(text.notFoundTitle, place, [`<section class="overall expired">${sign('?')}${lead}</section>`]);
}

function framed(title: string, place: CheckoutPlace, parts: readonly string[]): string {
  const text = checkoutTexts[place.language];
  return `<!doctype html>
<html lang="${text.htmlLanguage}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escaped(`${title} · ApiLink ${text.checkout}`)}</title>
<link rel="icon" href="${escaped(icon)}">
<style>${checkoutStyle}</style>
</head>
<body>
<header>
<span class="brand">ApiLink<span>${escaped(text.checkout)}</span></span>
<nav aria-label="${escaped(text.languageChoice)}">${languages.map((other) => languageLink(other, place)).join('')}</nav>
</header>
<main>
${parts.filter((part) => part !== '').join('\n')}
</main>
<footer><p><a href="/">${escaped(text.home)}</a></p></footer>
</body>
</html>
`;
}

function languageLink(other: Language, { path, language }: CheckoutPlace): string {
  const { htmlLanguage, languageName } = checkoutTexts[other];
  if (other === language) return `<span aria-current="true">${languageName}</span>`;
  return `<a href="${escaped(path)}?lang=${other}" lang="${htmlLanguage}" hreflang="${htmlLanguage}">${languageName}</a>`;
}

function titleOf({ order }: SandboxView, text: CheckoutText): string {
  const amount = moneyText(order);
  switch (order.state) {
    case 'created':
    case 'pending':
      return filled(text.payTitle, { amount });
    case 'paid':
      return filled(text.paidTitle, { amount });
    case 'failed':
      return text.failedTitle;
    case 'expired':
      return text.expiredTitle;
  }
  return illegalState(order.state);
}

/** A sign and a sentence, never a colour alone. */
function outcome({ order }: SandboxView, title: string, text: CheckoutText): string {
  const credit = usd(order.creditNanoUsd);
  const [name, mark, lead] =
    order.state === 'paid'
      ? ['paid', '✓', filled(text.paidLead, { credit })]
      : order.state === 'failed'
        ? ['failed', '✕', text.failedLead]
        : ['expired', '!', text.expiredLead];
  return `<section class="overall ${name}" role="status">${sign(mark)}<div><h1>${escaped(title)}</h1><p>${escaped(lead)}</p></div></section>`;
}

function sign(mark: string): string {
  return `<span class="sign" aria-hidden="true">${mark}</span>`;
}

/** Exact to the nano-dollar; the last seven decimals stand back. */
function balance({ postedNanoUsd }: SandboxView, text: CheckoutText): string {
  const exact = formatUsd(postedNanoUsd);
  const cents = exact.length - 7;
  const shown = `$${exact.slice(0, cents)}<small>${exact.slice(cents)}</small>`.replace('$-', '-$');
  return `<dl class="balance"><dt>${escaped(text.balance)}</dt><dd>${shown}</dd></dl>`;
}

function facts({ checkout, order }: SandboxView, text: CheckoutText): string {
  const rate = order.fxQuote === null ? '' : filled(text.rate, { rate: formatFxRate(order.fxQuote.rate) });
  const rows: readonly (readonly [string, string])[] = [
    [text.account, escaped(checkout.accountName)],
    [text.amount, escaped(moneyText(order))],
    [text.credited, `${escaped(usd(order.creditNanoUsd))}${rate === '' ? '' : `<small>${escaped(rate)}</small>`}`],
    [text.order, `<code>${escaped(z.encode(paymentOrderIdSchema, order.orderId))}</code>`],
    ...(isOpen(order) ? [[text.payableUntil, time(order.expiresAt)] as const] : []),
  ];
  return `<dl class="facts">${rows.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${value}</dd></div>`).join('')}</dl>`;
}

function choices({ order }: SandboxView, place: CheckoutPlace, text: CheckoutText): string {
  const amount = moneyText(order);
  if (!isOpen(order)) {
    return `<div class="choices">${button(place, 'pay', filled(text.payAnyway, { amount }))}</div>`;
  }
  return `<div class="choices">
${button(place, 'pay', filled(text.pay, { amount }), 'first')}
${button(place, 'decline', text.decline)}
</div>`;
}

function rehearsals({ order }: SandboxView, place: CheckoutPlace, text: CheckoutText): string {
  const wrong = moneyText({ ...order, minorUnits: order.minorUnits - 100n });
  const items: readonly (readonly [SandboxAction, string, string])[] = [
    ['pay-twice', text.payTwice, text.payTwiceHint],
    ['pay-late', text.payLate, text.payLateHint],
    ['pay-wrong-amount', filled(text.payWrong, { amount: wrong }), text.payWrongHint],
  ];
  return `<h2>${escaped(text.rehearse)}</h2>
<p>${escaped(text.rehearseHint)}</p>
<ul class="rehearsals">
${items.map(([action, label, hint]) => `<li><p>${escaped(hint)}</p>${button(place, action, label)}</li>`).join('\n')}
</ul>`;
}

function button({ path, language }: CheckoutPlace, action: SandboxAction, label: string, look = ''): string {
  const kind = look === '' ? '' : ` class="${look}"`;
  return `<form method="post" action="${escaped(path)}/${action}?lang=${language}"><button type="submit"${kind}>${escaped(label)}</button></form>`;
}

function payments(made: readonly OrderPayment[], text: CheckoutText): string {
  const isPlain = made.every(({ disposition }) => disposition === 'credited') && made.length <= 1;
  if (isPlain) return '';
  const items = made.map((payment) => {
    const { disposition, reason, paymentReference } = payment;
    const went =
      disposition === 'credited'
        ? text.toBalance
        : filled(text.toSuspense, { reason: reason === null ? '' : text.reasons[reason] });
    return `<li><b>${escaped(moneyText(payment))}</b><span class="${disposition}">${escaped(went)}</span><code>${escaped(paymentReference)}</code></li>`;
  });
  return `<h2>${escaped(text.payments)}</h2><p>${escaped(text.suspenseNotice)}</p><ul class="payments">${items.join('')}</ul>`;
}

function isOpen({ state }: PaymentOrder): boolean {
  return state === 'created' || state === 'pending';
}

/** To the cent, or to the nano-dollar where it is not whole cents. */
function usd(amountNanoUsd: bigint): string {
  const exact = formatUsd(amountNanoUsd);
  return `$${exact.endsWith('0000000') ? exact.slice(0, -7) : exact}`;
}

/** To the minute, UTC. */
function time(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}

function filled(sentence: string, values: Readonly<Record<string, string>>): string {
  return sentence.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? '');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
