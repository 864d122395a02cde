import type { Indicator } from '../component/board.domain.js';
import type { ComponentStatus } from '../component/component.domain.js';

/** The languages of the page; the first one is the default. */
export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

export interface StatusText {
  readonly htmlLanguage: string;
  readonly languageName: string;
  readonly languageChoice: string;
  readonly title: string;
  readonly headlines: Readonly<Record<Indicator, string>>;
  readonly statuses: Readonly<Record<ComponentStatus, string>>;
  readonly models: string;
  readonly modelsHint: string;
  readonly nothingYet: string;
  readonly noneKnown: string;
  /** Before a time. */
  readonly asOf: string;
  readonly since: string;
  /** Around the time since when nothing can be heard. */
  readonly staleBefore: string;
  readonly staleAfter: string;
  /** Sentences with {value} in them. */
  readonly uptime: string;
  readonly firstToken: string;
  readonly idle: string;
  /** Before the time of the last news and what it was. */
  readonly silent: string;
  /** Before and after the number of models that did not fit on the page. */
  readonly moreBefore: string;
  readonly moreAfter: string;
  readonly reading: string;
  readonly meanings: Readonly<Record<ComponentStatus, string>>;
  readonly links: string;
  readonly json: string;
}

export const statusTexts: Readonly<Record<Language, StatusText>> = {
  en: {
    htmlLanguage: 'en',
    languageName: 'English',
    languageChoice: 'Language',
    title: 'Service status',
    headlines: {
      none: 'All systems operational',
      minor: 'Some models are degraded',
      major: 'Some models are out',
      critical: 'Major outage',
      unknown: 'Status unknown',
    },
    statuses: { operational: 'Operational', degraded: 'Degraded', outage: 'Outage', unknown: 'Unknown' },
    models: 'Models',
    modelsHint: 'What you can call, and below it the providers that answer for it. All times are UTC.',
    nothingYet: 'No model has been called yet. It appears here with its first request.',
    noneKnown: 'No model was called lately, so nothing is known.',
    asOf: 'As of',
    since: 'since',
    staleBefore: 'No news has reached this page since',
    staleAfter: '. What was known then stands below; the service itself may be well.',
    uptime: '{value} answered in 30 min',
    firstToken: '{value} to the first token',
    idle: 'not called in the last 30 min',
    silent: 'last heard',
    moreBefore: 'And',
    moreAfter: 'more models; all of them stand in the JSON.',
    reading: 'How to read this',
    meanings: {
      operational: 'Every provider of the model answers.',
      degraded: 'Some provider does not; your requests go to another one and may start later.',
      outage: 'No provider of the model answers.',
      unknown: 'Nothing was heard lately. We do not call it green without proof.',
    },
    links: 'For programs',
    json: 'Statuspage JSON',
  },
  zh: {
    htmlLanguage: 'zh-CN',
    languageName: '中文',
    languageChoice: '语言',
    title: '服务状态',
    headlines: {
      none: '全部正常',
      minor: '部分模型降级',
      major: '部分模型中断',
      critical: '严重中断',
      unknown: '状态未知',
    },
    statuses: { operational: '正常', degraded: '降级', outage: '中断', unknown: '未知' },
    models: '模型',
    modelsHint: '可调用的模型及其供应商。时间均为 UTC。',
    nothingYet: '尚无模型被调用；首次请求后会显示在这里。',
    noneKnown: '近期没有调用，状态未知。',
    asOf: '更新于',
    since: '始于',
    staleBefore: '自',
    staleAfter: '起本页未收到新消息，以下列出当时所知；服务本身可能正常。',
    uptime: '30 分钟成功率 {value}',
    firstToken: '首字延迟 {value}',
    idle: '近 30 分钟无调用',
    silent: '最后消息',
    moreBefore: '另有',
    moreAfter: '个模型未列出，完整列表见 JSON。',
    reading: '说明',
    meanings: {
      operational: '该模型的所有供应商均正常应答。',
      degraded: '部分供应商无应答；请求会自动转到其他供应商，首字可能变慢。',
      outage: '该模型的所有供应商均无应答。',
      unknown: '近期没有消息。没有依据时，我们不显示正常。',
    },
    links: '供程序使用',
    json: 'Statuspage JSON',
  },
};

/** The language that was asked for by `?lang=`, else the first one of Accept-Language that we have. */
export function chooseLanguage(asked: string | undefined, acceptLanguage: string | undefined): Language {
  const wishes = [asked ?? '', ...(acceptLanguage ?? '').split(',')].map((wish) =>
    wish.trim().slice(0, 2).toLowerCase(),
  );
  return (
    wishes.map((wish) => languages.find((language) => language === wish)).find((found) => found !== undefined) ?? 'en'
  );
}
