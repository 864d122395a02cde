import type { SuspenseReason } from '@apilink/contracts';

/** The languages of the page; a checkout is opened in one of them, `?lang=` changes it. */
export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

export interface CheckoutText {
  readonly htmlLanguage: string;
  readonly languageName: string;
  readonly languageChoice: string;
  readonly checkout: string;
  readonly sandbox: string;
  readonly sandboxHint: string;
  readonly payTitle: string;
  readonly amount: string;
  readonly account: string;
  readonly credited: string;
  readonly rate: string;
  readonly order: string;
  readonly payableUntil: string;
  readonly pay: string;
  readonly decline: string;
  readonly rehearse: string;
  readonly rehearseHint: string;
  readonly payTwice: string;
  readonly payTwiceHint: string;
  readonly payLate: string;
  readonly payLateHint: string;
  readonly payWrong: string;
  readonly payWrongHint: string;
  readonly paidTitle: string;
  readonly paidLead: string;
  readonly balance: string;
  readonly failedTitle: string;
  readonly failedLead: string;
  readonly expiredTitle: string;
  readonly expiredLead: string;
  readonly payAnyway: string;
  readonly payments: string;
  readonly paymentNumber: string;
  readonly went: string;
  readonly toBalance: string;
  readonly toSuspense: string;
  readonly suspenseNotice: string;
  readonly reasons: Readonly<Record<SuspenseReason, string>>;
  readonly home: string;
  readonly notFoundTitle: string;
  readonly notFoundLead: string;
}

/** `{amount}` and the like are filled in by the page. */
export const checkoutTexts: Readonly<Record<Language, CheckoutText>> = {
  en: {
    htmlLanguage: 'en',
    languageName: 'English',
    languageChoice: 'Language',
    checkout: 'Checkout',
    sandbox: 'Sandbox.',
    sandboxHint: 'No real money moves here; what you pay is play money, and nothing of it can be invoiced.',
    payTitle: 'Top up {amount}',
    amount: 'You pay',
    account: 'Account',
    credited: 'Credited',
    rate: 'at {rate} CNY per USD',
    order: 'Order',
    payableUntil: 'Payable until',
    pay: 'Pay {amount}',
    decline: 'Decline',
    rehearse: 'Rehearse what can go wrong',
    rehearseHint: 'Payment channels repeat themselves, come late and in disorder. See what the books make of it.',
    payTwice: 'Pay twice',
    payTwiceHint: 'Two payments for one order: the first is credited, the second is kept in suspense.',
    payLate: 'Pay late',
    payLateHint: 'The checkout expires first, then the payment comes. It is credited all the same.',
    payWrong: 'Pay {amount} instead',
    payWrongHint: 'An amount that was not ordered is kept in suspense, until people have looked at it.',
    paidTitle: 'Paid: {amount}',
    paidLead: '{credit} was credited and can be spent now.',
    balance: 'New balance',
    failedTitle: 'The payment was declined',
    failedLead: 'Nothing was charged and nothing was credited.',
    expiredTitle: 'This checkout has expired',
    expiredLead: 'Nothing was charged. A payment that is made all the same is credited.',
    payAnyway: 'Pay {amount} after all',
    payments: 'Payments',
    paymentNumber: 'Payment',
    went: 'Where it went',
    toBalance: 'Credited to the balance',
    toSuspense: 'In suspense: {reason}',
    suspenseNotice:
      'Money in suspense is not lost: an operator assigns it or sends it back, and a second one approves.',
    reasons: {
      no_checkout: 'it came without a checkout',
      order_unknown: 'its order is not known',
      second_payment: 'the order was paid before',
      currency_differs: 'the currency is not the ordered one',
      amount_differs: 'the amount is not the ordered one',
      above_ceiling: 'the account would hold too much',
    },
    home: 'First steps',
    notFoundTitle: 'There is no such checkout',
    notFoundLead: 'Copy the address again, whole, or create another top-up.',
  },
  zh: {
    htmlLanguage: 'zh-CN',
    languageName: '中文',
    languageChoice: '语言',
    checkout: '收银台',
    sandbox: '沙箱环境。',
    sandboxHint: '这里不会产生真实的资金往来；所付金额仅用于演练，也不能开具发票。',
    payTitle: '充值 {amount}',
    amount: '支付金额',
    account: '账户',
    credited: '到账金额',
    rate: '汇率：1 美元 = {rate} 元人民币',
    order: '订单号',
    payableUntil: '支付截止',
    pay: '支付 {amount}',
    decline: '拒绝支付',
    rehearse: '演练异常情况',
    rehearseHint: '支付渠道的通知可能重复、延迟或乱序。看看账本如何处理。',
    payTwice: '重复支付',
    payTwiceHint: '同一订单付款两次：第一笔入账，第二笔转入待认领款项。',
    payLate: '逾期支付',
    payLateHint: '订单先过期，款项随后到达，仍会入账。',
    payWrong: '改付 {amount}',
    payWrongHint: '与订单金额不符的款项转入待认领，由人工核实。',
    paidTitle: '支付成功：{amount}',
    paidLead: '{credit} 已到账，可立即使用。',
    balance: '最新余额',
    failedTitle: '支付已拒绝',
    failedLead: '未扣款，也未入账。',
    expiredTitle: '订单已过期',
    expiredLead: '未扣款。此后到达的款项仍会入账。',
    payAnyway: '仍要支付 {amount}',
    payments: '付款记录',
    paymentNumber: '付款',
    went: '去向',
    toBalance: '已计入余额',
    toSuspense: '待认领：{reason}',
    suspenseNotice: '待认领的款项不会丢失：由一名操作员认领或退回，另一名操作员复核。',
    reasons: {
      no_checkout: '未经收银台到账',
      order_unknown: '找不到对应订单',
      second_payment: '订单此前已支付',
      currency_differs: '币种与订单不符',
      amount_differs: '金额与订单不符',
      above_ceiling: '账户余额将超过上限',
    },
    home: '快速入门',
    notFoundTitle: '找不到该订单',
    notFoundLead: '请完整复制链接，或重新创建充值订单。',
  },
};

export function languageOf(asked: unknown, otherwise: Language): Language {
  return languages.find((language) => language === asked) ?? otherwise;
}
