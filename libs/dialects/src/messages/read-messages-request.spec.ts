import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import type { CallFacts } from '../call/call.js';
import { isRecord } from '../json/records.js';
import { sealText } from '../turn/seal-envelope.js';
import { readMessagesRequest } from './read-messages-request.js';
import { callOf, sentText, sourceOf, target } from './sample-messages.js';
import { messagesClient } from './messages-dialect.js';

const hi = { model: 'claude-x', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] };

function facts(document: object | string): CallFacts {
  const reading = readMessagesRequest(sourceOf(document).body, () => 0.5);
  if ('problem' in reading) throw new Error(JSON.stringify(reading.problem));
  return reading.facts;
}

function problem(document: object | string): unknown {
  const reading = messagesClient.read(sourceOf(document));
  return 'problem' in reading ? reading.problem : null;
}

const answered = (...blocks: object[]): object => ({ role: 'assistant', content: blocks });
const conversation = (...messages: object[]): string =>
  JSON.stringify({ model: 'up', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }, ...messages] });

/** What an endpoint of Anthropic's gets of a body. */
function passed(body: string, maxTokens: number | null = null, model = 'up'): string {
  return sentText(callOf(body), { ...target('messages', model), maxTokens });
}

const content = (...blocks: object[]): object => ({ ...hi, messages: [{ role: 'user', content: blocks }] });
const withBudget = (max: number, budget: number): string =>
  `{"thinking":{"type":"enabled","budget_tokens":${budget}},"max_tokens":${max},"model":"up","messages":[{"role":"user","content":"hi"}]}`;
const byAddress = (type: string): object => ({ type, source: { type: 'url', url: 'https://example.com/x' } });
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

describe('what is known of a Messages request', () => {
  it('reads the request of the SDK', () => {
    const recorded: unknown = JSON.parse(
      readFileSync(new URL('../../fixtures/anthropic-sdk-1.12-messages.json', import.meta.url), 'utf8'),
    );
    const body = isRecord(recorded) && isRecord(recorded['body']) ? recorded['body'] : {};
    expect(facts(body)).toMatchObject({ model: 'claude-x', maxTokens: 100, stream: true, choices: 1, needs: [] });
  });

  it('reads what a request needs, and what it may cost more', () => {
    const document = {
      ...hi,
      system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
      output_config: { format: { type: 'json_schema', schema: {} } },
      metadata: { user_id: 'u'.repeat(300) },
      speed: 'fast',
      session_id: 's',
      models: ['a', 'b'],
    };
    expect(facts(document)).toMatchObject({
      needs: ['tools', 'structured-output'],
      asksHourOfCache: true,
      asksWebSearch: true,
      endUser: 'u'.repeat(256),
      serviceTier: 'fast',
      session: 's',
      models: ['a', 'b'],
    });
  });

  it('refuses a conversation that only one provider keeps, by the name that makes the SDK send it whole', () => {
    expect(problem({ ...hi, thread: { type: 'create' } })).toMatchObject({
      code: 'unsupported_parameter',
      param: 'thread',
    });
    expect(problem({ ...hi, thread: null })).toBeNull();
  });

  it('counts the prompt, not the settings', () => {
    const long = 'word '.repeat(1000);
    const few = facts(hi).estimatedTextTokens;
    expect(facts({ ...hi, system: long }).estimatedTextTokens).toBeGreaterThan(few + 900);
    expect(facts({ ...hi, tools: [{ name: 'a', description: long }] }).estimatedTextTokens).toBeGreaterThan(few + 900);
    expect(facts({ ...hi, metadata: { user_id: long } }).estimatedTextTokens).toBe(few);
  });

  it('measures pictures and documents, and does not count their bytes as text', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } };
    const turned = { source: { data: pixel, media_type: 'image/png', type: 'base64' }, type: 'image' };
    const inResult = { type: 'tool_result', tool_use_id: 'a', content: [image] };
    for (const block of [image, turned, inResult]) {
      const { media, needs, estimatedTextTokens } = facts(content(block));
      expect(media.images).toEqual([{ size: { width: 1, height: 1 }, detail: null }]);
      expect(needs).toEqual(['images']);
      expect(estimatedTextTokens).toBeLessThan(80);
    }
    expect(facts(content(byAddress('image'))).media).toMatchObject({ images: [{ size: null }], files: 0 });
    expect(facts(content(byAddress('document'))).media).toMatchObject({ images: [], files: 1, unpagedTokens: 65_536 });
    const turnedUrl = { source: { type: 'url', url: 'https://example.com/x' }, type: 'image' };
    expect(facts(content(turnedUrl)).media).toMatchObject({ images: [{ size: null }] });
    const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'A'.repeat(800) } };
    expect(facts(content(pdf))).toMatchObject({ media: { files: 1, unpagedTokens: 101 }, needs: ['files'] });
  });

  it('counts what a tool was called with as the text that it is, whatever it looks like', () => {
    const source = { type: 'base64', media_type: 'application/pdf', data: 'QUJD'.repeat(5000) };
    const call = { type: 'tool_use', id: 'a', name: 'f', input: { type: 'document', source } };
    const { media, estimatedTextTokens } = facts(content(call));
    expect(media.files).toBe(0);
    expect(estimatedTextTokens).toBeGreaterThan(3000);
  });

  it('is linear, however deep its sources are', () => {
    const nested = (levels: number): object =>
      levels === 0
        ? { type: 'text', text: 'x'.repeat(2_000_000) }
        : { type: 'document', source: { type: 'content', content: [nested(levels - 1)] } };
    const started = performance.now();
    facts(content(nested(15)));
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it.each([
    [{ ...hi, max_tokens: undefined }, 'missing_parameter', 'max_tokens'],
    [{ ...hi, messages: undefined }, 'missing_parameter', 'messages'],
    [{ ...hi, model: undefined }, 'missing_parameter', 'model'],
    [{ ...hi, messages: [] }, 'invalid_parameter', 'messages'],
    [{ ...hi, messages: 'hi' }, 'invalid_parameter', 'messages'],
    [{ ...hi, max_tokens: -1 }, 'invalid_parameter', 'max_tokens'],
    [{ ...hi, max_tokens: 1.5 }, 'invalid_parameter', 'max_tokens'],
    [{ ...hi, stream: 'yes' }, 'invalid_parameter', 'stream'],
    [{ ...hi, tools: {} }, 'invalid_parameter', 'tools'],
    ['{"model":"a","model":"b"}', 'duplicate_key', 'model'],
    ['{"model":', 'invalid_json', null],
    [
      content({ type: 'image', source: { type: 'url', url: 'http://169.254.169.254/latest' } }),
      'invalid_parameter',
      'messages[0].content[0].source.url',
    ],
  ])('refuses %j', (document, code, param) => {
    expect(problem(document)).toMatchObject({ code, param });
  });

  it('never throws, whatever stands in strings that are not checked', () => {
    const filler = `"system":"${'x'.repeat(5000)}"`;
    const broken = ['"metadata":{"user_id":"\\x"}', '"tools":[{"\\x":1}]', '"speed":"\\x"', '"models":["\\x"]'];
    const problems = broken.map((member) =>
      problem(`{${filler},"model":"a","max_tokens":1,"messages":[{}],${member}}`),
    );
    // What nothing here reads is left to the provider.
    expect(problems).toEqual([
      null,
      null,
      null,
      expect.objectContaining({ code: 'invalid_parameter', param: 'models' }),
    ]);
  });
});

describe('a Messages request for an endpoint that speaks Messages', () => {
  it('keeps every byte but the model and a clamped limit', () => {
    const body = `{ "max_tokens" : 1e3, "model":"anthropic/claude-x",
      "messages":[{"role":"user","content":"hi","odd":12345678901234567890.10}], "cache_control": {"type":"ephemeral"} }`;
    expect(passed(body)).toBe(body.replace('anthropic/claude-x', 'up'));
    expect(passed(body, 7)).toBe(body.replace('anthropic/claude-x', 'up').replace('1e3', '7'));
  });

  it('lowers a budget of thinking with a limit that no longer has room for it', () => {
    expect(passed(withBudget(20_000, 16_000), 5000)).toBe(withBudget(5000, 4999));
    expect(passed(withBudget(20_000, 4000), 5000)).toBe(withBudget(5000, 4000));
    // With less room than the least budget it is the request that does not fit; the provider says so.
    expect(passed(withBudget(20_000, 4000), 1000)).toBe(withBudget(1000, 4000));
  });

  it('leaves a request that only fills the cache as it is', () => {
    const body = '{"model":"up","max_tokens":0,"messages":[{"role":"user","content":"hi"}]}';
    expect(passed(body, 1)).toBe(body);
  });

  it('takes out what is the gateway’s own', () => {
    const body =
      '{"provider":{},"model":"up","models":["a"],"max_tokens":5,"messages":[{"role":"user","content":"hi"}],"session_id":"s"}';
    expect(passed(body)).toBe('{"model":"up","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}');
  });

  it('takes out thinking that Anthropic did not sign, and a message of which nothing is left', () => {
    const signature = sealText({ origin: 'openai', value: 'gAAA' });
    const thinking = { type: 'thinking', thinking: 'hm', signature };
    const redacted = { type: 'redacted_thinking', data: signature };
    const own = { type: 'thinking', thinking: 'own', signature: 'EqQB' };
    const text = { type: 'text', text: 'say "apl1." and signature' };
    expect(
      passed(conversation(answered(thinking, own, text, redacted), answered(thinking), answered(redacted, text))),
    ).toBe(conversation(answered(own, text), answered(text)));
    expect(passed(conversation(answered(own, text)))).toBe(conversation(answered(own, text)));
  });

  it('passes the headers that change what Anthropic does', () => {
    const headers = {
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'a,b',
      'x-api-key': 'secret',
      'user-agent': 'x',
    };
    const reading = messagesClient.read(sourceOf(hi, headers));
    expect('passing' in reading ? reading.passing.request(target('messages')).headers : null).toEqual([
      'anthropic-version',
      '2026-10-21',
      'anthropic-beta',
      'a,b',
    ]);
  });
});
