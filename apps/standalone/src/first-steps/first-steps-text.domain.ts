/** The languages of the page; the first one is the default. */
export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

/** What stands between backquotes is code. */
export interface PageText {
  readonly htmlLanguage: string;
  readonly languageName: string;
  readonly languageChoice: string;
  readonly title: string;
  readonly lead: string;
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly keyHidden: string;
  readonly copy: string;
  readonly copied: string;
  readonly firstRequest: string;
  readonly firstRequestHint: string;
  readonly fromCode: string;
  readonly fromCodeHint: string;
  readonly whatItCost: string;
  readonly whatItCostHint: string;
  readonly topUp: string;
  readonly topUpHint: string;
  readonly topUpLink: string;
  readonly realProviders: string;
  readonly realProvidersHint: string;
  readonly links: string;
  readonly status: string;
  readonly models: string;
  readonly health: string;
  readonly metrics: string;
}

export const pageTexts: Readonly<Record<Language, PageText>> = {
  en: {
    htmlLanguage: 'en',
    languageName: 'English',
    languageChoice: 'Language',
    title: 'ApiLink is running',
    lead: 'One endpoint for every model, and a bill that is right to the nano-dollar. Your first account has $1 of credit.',
    baseUrl: 'Base URL',
    apiKey: 'API key',
    keyHidden: 'Shown on the machine itself only; it stands in `quickstart.json` of the data folder.',
    copy: 'Copy',
    copied: 'Copied',
    firstRequest: 'Send a first request',
    firstRequestHint: 'The demo provider answers offline, token by token. Paste this into a terminal:',
    fromCode: 'Use it from your code',
    fromCodeHint: 'Keep your OpenAI SDK; only base URL and key change.',
    whatItCost: 'See what it cost',
    whatItCostHint:
      'In the folder of the checkout. `receipt` shows your newest request, or the one whose `x-generation-id` you give it.',
    topUp: 'Top up by hand',
    topUpHint:
      'With play money, on a sandbox checkout that also rehearses what goes wrong: paid twice, late, or the wrong amount.',
    topUpLink: 'Open the checkout',
    realProviders: 'Connect a real provider',
    realProvidersHint:
      'Start with its key in the environment. Any other OpenAI-compatible server goes into `apilink.yaml`; a change of that file is in force within two seconds.',
    links: 'More',
    status: 'Service status',
    models: 'Models and prices',
    health: 'Health',
    metrics: 'Metrics',
  },
  zh: {
    htmlLanguage: 'zh-CN',
    languageName: '中文',
    languageChoice: '语言',
    title: 'ApiLink 已启动',
    lead: '一个接口调用所有模型，账单精确到十亿分之一美元。首个账户已赠送 1 美元。',
    baseUrl: '接口地址',
    apiKey: 'API 密钥',
    keyHidden: '仅在本机显示；也可在数据目录的 `quickstart.json` 中查看。',
    copy: '复制',
    copied: '已复制',
    firstRequest: '发送第一个请求',
    firstRequestHint: '演示模型无需联网，逐字返回。将下面的命令粘贴到终端：',
    fromCode: '在代码中使用',
    fromCodeHint: '继续使用 OpenAI SDK，只需更换接口地址和密钥。',
    whatItCost: '查看费用',
    whatItCostHint:
      '在项目目录中运行。`receipt` 显示最近一次请求的账单；也可加上响应头 `x-generation-id` 的值查询指定请求。',
    topUp: '手动充值',
    topUpHint: '使用模拟资金，在沙箱收银台完成；还可演练重复、逾期或金额不符的付款。',
    topUpLink: '打开收银台',
    realProviders: '接入真实模型',
    realProvidersHint:
      '启动时在环境变量中设置供应商密钥即可。其他兼容 OpenAI 的服务写入 `apilink.yaml`，修改后两秒内生效。',
    links: '更多',
    status: '服务状态',
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
