import { describe, expect, it } from '@jest/globals';

import { upstreamQuirks } from '../upstream-quirks.js';
import { chatBody } from './chat-body.js';

function sent(provider: string, document: string, upstreamModel = 'm'): string {
  const quirks = upstreamQuirks({ provider, upstreamModel, baseUrl: 'https://elsewhere.example/v1' });
  const pieces = [Buffer.from(document.slice(0, 1)), Buffer.from(document.slice(1))];
  return Buffer.concat(chatBody(pieces, quirks)).toString();
}

describe('chatBody', () => {
  it('leaves every byte of a request in which nothing has to be said otherwise', () => {
    const document =
      '{ "model":"m", "messages":[ {"role":"user","content":"a \\"seed\\" "} ],"reasoning_effort" : "low" }';
    const pieces = [Buffer.from(document)];
    const quirks = upstreamQuirks({
      provider: 'openai',
      upstreamModel: 'gpt-5.5',
      baseUrl: 'https://api.openai.com/v1',
    });
    expect(chatBody(pieces, quirks)).toBe(pieces);
    expect(sent('anybody', document)).toBe(document);
  });

  it('says the seed to Mistral under its name and nothing that it refuses for being unknown', () => {
    const document =
      '{"model":"m","stream_options":{"include_usage":true},"seed":7.0,"user":"u","messages":[{"role":"user","content":"seed"}]}';
    expect(sent('mistral', document)).toBe(
      '{"model":"m","random_seed":7.0,"messages":[{"role":"user","content":"seed"}]}',
    );
  });

  it('gives developer messages as system messages where nobody knows the role, and touches nothing else of them', () => {
    const document =
      '{"messages":[{"role" : "developer","content":"say \\"developer\\""},{"content":[{"role":"developer"}],"role":"user"}],"model":"m"}';
    expect(sent('deepseek', document)).toBe(
      '{"messages":[{"role" : "system","content":"say \\"developer\\""},{"content":[{"role":"developer"}],"role":"user"}],"model":"m"}',
    );
    expect(sent('openai', document)).toBe(document);
  });

  it.each([
    ['openai', '{"effort":"high"}', '"reasoning_effort":"high"'],
    ['openai', '{"enabled":false}', '"reasoning_effort":"none"'],
    ['openai', '{"max_tokens":4000}', '"reasoning_effort":"low"'],
    ['openai', '{"max_tokens":100000}', '"reasoning_effort":"high"'],
    ['openai', '{"enabled":true}', '"reasoning_effort":"medium"'],
    ['deepseek', '{"effort":"none"}', '"thinking":{"type":"disabled"}'],
    ['deepseek', '{"effort":"high"}', '"reasoning_effort":"high"'],
    ['zai', '{"effort":"low"}', '"thinking":{"type":"enabled"}'],
    ['moonshotai', '{"enabled":false}', '"thinking":{"type":"disabled"}'],
    ['dashscope', '{"effort":"low"}', '"enable_thinking":true,"thinking_budget":4096'],
    ['dashscope', '{"max_tokens":5000}', '"enable_thinking":true,"thinking_budget":5000'],
    ['siliconflow', '{"effort":"high"}', '"enable_thinking":true'],
    ['siliconflow', '{"effort":"none"}', '"enable_thinking":false'],
    ['together', '{"enabled":false}', '"reasoning":{"enabled":false}'],
  ])('tells %s that reasoning %s is wished', (provider, reasoning, said) => {
    const model = provider === 'openai' ? 'gpt-5.5' : 'm';
    expect(sent(provider, `{"model":"m","reasoning":${reasoning}}`, model)).toBe(`{${said},"model":"m"}`);
  });

  it('leaves no trace of a wish about reasoning that says nothing to the provider', () => {
    expect(sent('openai', '{"model":"m","reasoning":{"exclude":true}}')).toBe('{"model":"m"}');
    expect(sent('openai', '{"model":"m","reasoning":null}')).toBe('{"model":"m"}');
  });

  it("lets OpenRouter read its own object, and a client's own switch of a provider stand", () => {
    const own = '{"model":"m","reasoning":{"effort":"high","exclude":true}}';
    expect(sent('openrouter', own)).toBe(own);
    const switched = '{"enable_thinking":false,"reasoning_effort":"low","model":"m"}';
    expect(sent('dashscope', switched)).toBe('{"enable_thinking":false,"model":"m"}');
  });

  it('asks MiniMax to keep its thinking out of the content, unless the client decided that', () => {
    expect(sent('minimax', '{"model":"m"}')).toBe('{"reasoning_split":true,"model":"m"}');
    expect(sent('minimax', '{"reasoning_split":false,"model":"m"}')).toBe('{"reasoning_split":false,"model":"m"}');
  });
});
