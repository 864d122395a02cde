import type { Language } from '../first-steps/first-steps-text.domain.js';

export interface TopUpText {
  readonly title: string;
  readonly lead: string;
  readonly sandbox: string;
  readonly sandboxHint: string;
  readonly choose: string;
  readonly otherAmount: string;
  readonly amount: string;
  readonly currency: string;
  readonly dollars: string;
  readonly yuan: string;
  readonly go: string;
  readonly least: string;
  readonly unreadable: string;
  readonly tooLittle: string;
  readonly home: string;
  readonly local: string;
}

export const topUpTexts: Readonly<Record<Language, TopUpText>> = {
  en: {
    title: 'Top up',
    lead: 'Choose an amount; the checkout opens next.',
    sandbox: 'Sandbox.',
    sandboxHint: 'No real money moves here.',
    choose: 'Amounts',
    otherAmount: 'Another amount',
    amount: 'Amount',
    currency: 'Currency',
    dollars: 'US dollars',
    yuan: 'Yuan',
    go: 'Go to checkout',
    least: 'At least $5, or what that is in yuan.',
    unreadable: 'Write the amount as a number with at most two decimals, like 25 or 99.50.',
    tooLittle: 'A top-up is at least {least}.',
    home: 'First steps',
    local: 'This page tops up for browsers of this machine alone.',
  },
  zh: {
    title: '账户充值',
    lead: '选择金额，下一步进入收银台。',
    sandbox: '沙箱环境。',
    sandboxHint: '这里不会产生真实的资金往来。',
    choose: '金额',
    otherAmount: '其他金额',
    amount: '金额',
    currency: '币种',
    dollars: '美元',
    yuan: '人民币（元）',
    go: '前往收银台',
    least: '最低 5 美元或等值人民币。',
    unreadable: '请输入最多两位小数的金额，例如 25 或 99.50。',
    tooLittle: '充值金额不得低于 {least}。',
    home: '快速入门',
    local: '仅本机浏览器可以使用此页面充值。',
  },
};
