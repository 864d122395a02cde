import { accountIdSchema, paymentOrderIdSchema, suspenseIdSchema, type OrderState } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';

import { checkoutPage, noCheckoutPage } from './sandbox-checkout-page.domain.js';
import { sandboxActions, type SandboxView } from './sandbox-checkout.service.js';
import { checkoutTexts, languages } from './sandbox-checkout-text.domain.js';

const uuid = '019a9d3c-5b1e-7c2d-8f3a-0123456789ab';
const place = { path: '/sandbox-checkout/sbx_1', language: 'en' as const };
const money = { currency: 'CNY' as const, minorUnits: 10_000n };
const order = {
  ...money,
  orderId: paymentOrderIdSchema.out.parse(uuid),
  accountId: accountIdSchema.out.parse(uuid),
  channel: 'sandbox',
  creditNanoUsd: 14_038_239_604n,
  fxQuote: { quoteId: 'q', rate: 712_340_000n },
  language: 'en' as const,
  state: 'pending' as OrderState,
  reason: null,
  reference: 'sbx_1',
  checkoutUrl: 'http://127.0.0.1:8787/sandbox-checkout/sbx_1',
  requestKey: 'the-key-1',
  actor: 'operator',
  createdAt: 0,
  expiresAt: Date.parse('2026-11-22T12:30:00.000Z'),
  asked: 0,
};
const view: SandboxView = {
  checkout: { ...order, reference: 'sbx_1', accountName: '<script>alert(1)</script> & "Söhne"', closed: false },
  order,
  payments: [],
  postedNanoUsd: 15_038_239_604n,
};

function inState(state: OrderState): SandboxView {
  return { ...view, order: { ...order, state } };
}

describe('the checkout page', () => {
  it('offers every way to pay and to fail, each by a form that works without a script', () => {
    const page = checkoutPage(view, place);
    for (const action of sandboxActions) {
      expect(page).toContain(`<form method="post" action="/sandbox-checkout/sbx_1/${action}?lang=en">`);
    }
    expect(page).not.toMatch(/<script|\son[a-z]+=|style="|\ssrc=|https?:\/\/(?!www\.w3\.org)/);
  });

  it('tells what is paid, what is credited for it, and at which rate', () => {
    const page = checkoutPage(view, place);
    expect(page).toContain('Pay ¥100.00');
    expect(page).toContain('$14.038239604');
    expect(page).toContain('at 7.12340000 CNY per USD');
    expect(page).toContain('2026-11-22 12:30 UTC');
  });

  it('says that no real money moves, in every state and language', () => {
    for (const language of languages) {
      for (const state of ['created', 'pending', 'paid', 'expired', 'failed'] as const) {
        expect(checkoutPage(inState(state), { ...place, language })).toContain(checkoutTexts[language].sandboxHint);
      }
    }
  });

  it('shows the new balance to the nano-dollar once it is paid, and no further way to pay', () => {
    const page = checkoutPage(inState('paid'), place);
    expect(page).toContain('$15.03<small>8239604</small>');
    expect(page).not.toContain('<form');
  });

  it('lets one that expired or was declined be paid all the same', () => {
    for (const state of ['expired', 'failed'] as const) {
      const page = checkoutPage(inState(state), place);
      expect(page.match(/<form/g)).toHaveLength(1);
      expect(page).toContain('Pay ¥100.00 after all');
    }
  });

  it('tells of each payment where it went', () => {
    const payment = { ...money, paymentReference: 'sbx_1.2', paidAt: 0, disposition: 'suspense' as const, lotId: null };
    const suspended = { ...payment, suspenseId: suspenseIdSchema.out.parse(uuid), reason: 'second_payment' as const };
    const page = checkoutPage({ ...inState('paid'), payments: [suspended] }, { ...place, language: 'zh' });
    expect(page).toContain('待认领：订单此前已支付');
    expect(page).toContain('sbx_1.2');
  });

  it('escapes what others have written, in the page and in its address', () => {
    const page = checkoutPage(view, { ...place, path: '/sandbox-checkout/"><i>' });
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Söhne&quot;');
    expect(page).not.toContain('"><i>');
    expect(noCheckoutPage(place)).toContain('There is no such checkout');
  });

  it('has every text in both languages', () => {
    const empty = Object.values(checkoutTexts).flatMap((text) => Object.values(text).filter((value) => value === ''));
    expect(empty).toEqual([]);
    expect(Object.keys(checkoutTexts.zh)).toEqual(Object.keys(checkoutTexts.en));
  });
});
