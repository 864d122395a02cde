/** The languages of the page; the first one is the default. */
export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

export interface PageText {
  readonly htmlLanguage: string;
  readonly languageName: string;
  readonly title: string;
  readonly lead: string;
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly keyHidden: string;
  readonly firstRequest: string;
  readonly firstRequestHint: string;
  readonly fromCode: string;
  readonly whatItCost: string;
  readonly whatItCostHint: string;
  readonly realProviders: string;
  readonly realProvidersHint: string;
  readonly links: string;
  readonly models: string;
  readonly health: string;
  readonly metrics: string;
}

export const pageTexts: Readonly<Record<Language, PageText>> = {
  en: {
    htmlLanguage: 'en',
    languageName: 'English',
    title: 'ApiLink is running',
    lead: 'One endpoint for every model, and a bill that is right to the nano-dollar. Your first account has $1 of credit.',
    baseUrl: 'Base URL',
    apiKey: 'API key',
    keyHidden: 'shown on this machine only; it stands in quickstart.json of the data folder',
    firstRequest: 'A first request',
    firstRequestHint: 'The demo provider answers offline, token by token. Paste this into a terminal:',
    fromCode: 'From your code',
    whatItCost: 'What it cost',
    whatItCostHint: 'Every answer carries x-generation-id. In the folder of the checkout:',
    realProviders: 'Real providers',
    realProvidersHint:
      'Set OPENAI_API_KEY (or another provider’s) before npm start, or name any OpenAI-compatible server in apilink.yaml; a change of that file counts within two seconds.',
    links: 'More',
    models: 'Models and prices',
    health: 'Health',
    metrics: 'Metrics',
  },
  zh: {
    htmlLanguage: 'zh-CN',
    languageName: '中文',
    title: 'ApiLink 已启动',
    lead: '一个接口调用所有模型，账单精确到十亿分之一美元。首个账户已有 1 美元赠送额度。',
    baseUrl: '接口地址',
    apiKey: 'API 密钥',
    keyHidden: '仅在本机显示；也可在数据目录的 quickstart.json 中查看',
    firstRequest: '第一个请求',
    firstRequestHint: '演示模型无需联网，逐字返回。将下面的命令粘贴到终端：',
    fromCode: '在代码中使用',
    whatItCost: '花了多少钱',
    whatItCostHint: '每个响应都带有 x-generation-id。在项目目录中运行：',
    realProviders: '接入真实模型',
    realProvidersHint:
      '在 npm start 之前设置 OPENAI_API_KEY（或其他供应商的密钥），或在 apilink.yaml 中填写任意 OpenAI 兼容服务；修改该文件后两秒内生效。',
    links: '更多',
    models: '模型与价格',
    health: '健康检查',
    metrics: '监控指标',
  },
};

/** The language that was asked for by `?lang=`, else the first one of Accept-Language that we have. */
export function chooseLanguage(asked: string | null, acceptLanguage: string | undefined): Language {
  const wishes = [asked ?? '', ...(acceptLanguage ?? '').split(',')].map((wish) =>
    wish.trim().slice(0, 2).toLowerCase(),
  );
  return (
    wishes.map((wish) => languages.find((language) => language === wish)).find((found) => found !== undefined) ?? 'en'
  );
}
