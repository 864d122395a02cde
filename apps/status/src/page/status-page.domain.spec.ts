import { TEST_TIME } from '@apilink/testing';
import { describe, expect, it } from '@jest/globals';

import type { Board } from '../component/board.domain.js';
import { componentsOf, type EndpointNews } from '../component/component.domain.js';
import { statusPage } from './status-page.domain.js';
import { chooseLanguage, languages, statusTexts } from './status-text.domain.js';

function board(news: readonly Partial<EndpointNews>[], changes: Partial<Board> = {}): Board {
  const plain = { circuit: 'closed', uptime30m: 0.99999, firstTokenP50Ms: 212.4, heardAt: TEST_TIME } as const;
  const all = news.map((one, index) => ({ endpointId: `alpha/model-${index}`, isIdle: false, ...plain, ...one }));
  return { components: componentsOf(all, TEST_TIME, () => TEST_TIME), at: TEST_TIME, staleSince: null, ...changes };
}

describe('the status page', () => {
  it.each(languages)(
    'fits into 50 KB in %s, however many models there are, and puts what is wrong first',
    (language) => {
      const many = Array.from({ length: 3_000 }, (_, index) => ({
        endpointId: `provider-${index % 7}/vendor/model-${index}`,
      }));
      const page = statusPage(board([...many, { endpointId: 'zeta/zz/last', circuit: 'open' }]), language);
      expect(Buffer.byteLength(page)).toBeLessThan(50_000);
      expect(page.indexOf('zz/last')).toBeLessThan(page.indexOf('vendor/model-0'));
      const rows = [...page.matchAll(/<h3>/g)].length;
      expect(page).toContain(` ${3_001 - rows} ${statusTexts[language].moreAfter}`);
    },
  );

  it('needs no script and takes nothing from elsewhere', () => {
    const page = statusPage(board([{}]), 'en');
    expect(page).not.toMatch(/<script|style="|\ssrc=|\son[a-z]+=|@import|url\(/);
    expect([...page.matchAll(/<style>/g)]).toHaveLength(1);
  });

  it('says since when it is stale, and calls nothing green then', () => {
    const staleSince = TEST_TIME - 3_600_000;
    const page = statusPage(board([{}], { staleSince }), 'en');
    expect(page).toContain(
      'No news has reached this page since <time datetime="2026-11-22T07:00:00.000Z">2026-11-22 07:00</time>.',
    );
    expect(page).toContain('<h1>Status unknown</h1>');
    expect(statusPage(board([{}], { staleSince }), 'zh')).toContain('起本页未收到新消息');
    const silent = statusPage(board([{ heardAt: staleSince, circuit: 'half-open' }], { staleSince }), 'en');
    expect(silent).toContain(
      'last heard <time datetime="2026-11-22T07:00:00.000Z">2026-11-22 07:00</time></span><span>Degraded',
    );
  });

  it('tells what it knows of each provider, and never rounds a failure away', () => {
    const news = [
      { endpointId: 'alpha/acme/echo-1' },
      { endpointId: 'beta/acme/echo-1', circuit: 'open', uptime30m: 0.5, firstTokenP50Ms: null },
      { endpointId: 'gamma/acme/echo-1', isIdle: true },
    ] as const;
    const page = statusPage(board(news), 'en');
    expect(page).toContain('<h1>Some models are degraded</h1>');
    expect(page).toContain('<span class="figure">99.99 %</span> answered in 30 min');
    expect(page).toContain('<span class="figure">212 ms</span> to the first token');
    expect(page).toContain('<i class="outage">Outage</i>');
    expect(page).toContain('not called in the last 30 min');
  });

  it('escapes what comes from outside', () => {
    const page = statusPage(board([{ endpointId: `<img src=x>/"><script>'` }]), 'en');
    expect(page).not.toContain('<img');
    expect(page).not.toContain('<script');
  });

  it('is honest about a fresh installation', () => {
    expect(statusPage(board([]), 'en')).toContain('No model has been called yet');
    expect(statusPage(board([{ isIdle: true }]), 'zh')).toContain(statusTexts.zh.noneKnown);
  });

  it('speaks the language that was asked for', () => {
    expect(chooseLanguage('zh', 'en')).toBe('zh');
    expect(chooseLanguage(undefined, 'fr, zh-CN;q=0.9')).toBe('zh');
    expect(chooseLanguage('xx', undefined)).toBe('en');
    expect(statusPage(board([]), 'zh')).toContain('<html lang="zh-CN">');
  });

  it('has every text in both languages', () => {
    const leaves = (value: unknown): readonly unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [value];
    expect(leaves(statusTexts).filter((text) => text === '')).toEqual([]);
  });
});
