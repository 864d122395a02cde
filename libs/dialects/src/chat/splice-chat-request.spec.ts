import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import type { ChatRequestChanges } from './chat-request.js';
import { readChatRequest } from './read-chat-request.js';
import { isRecord } from '../json/records.js';
import { spliceChatRequest } from './splice-chat-request.js';

const messages = '"messages":[{"role":"user","content":"hi"}]';
const changes: ChatRequestChanges = { model: 'up', includeUsage: false, maxTokens: null, maxTokensKey: null };

function spliced(text: string, change: Partial<ChatRequestChanges>): string {
  const body = Buffer.from(text);
  const reading = readChatRequest(body);
  if ('problem' in reading) throw new Error(JSON.stringify(reading.problem));
  return Buffer.concat(spliceChatRequest(body, reading.splices, { ...changes, ...change })).toString();
}

describe('spliceChatRequest', () => {
  it('keeps every byte but the name of the model', () => {
    const text = ` {  "big" : 12345678901234567890 , "model" :\t"a" , "one":1.0,"e":1E5, "s":"\\u00e9\\/é",${messages} }\n`;
    expect(spliced(text, {})).toBe(text.replace('"a"', '"up"'));
  });

  it('shares memory with the body instead of copying it', () => {
    const body = Buffer.from(`{"model":"a",${messages}}`);
    const reading = readChatRequest(body);
    const pieces = 'splices' in reading ? spliceChatRequest(body, reading.splices, changes) : [];
    expect(pieces.map(({ buffer }) => buffer === body.buffer)).toEqual([true, expect.any(Boolean), true]);
  });

  it.each([
    ['', '"stream_options":{"include_usage":true},'],
    ['"stream_options":null,', '"stream_options":{"include_usage":true},'],
    ['"stream_options":{},', '"stream_options":{"include_usage":true},'],
    ['"stream_options":{ },', '"stream_options":{"include_usage":true },'],
    ['"stream_options":{"x":1},', '"stream_options":{"include_usage":true,"x":1},'],
    ['"stream_options":{"x":1,"include_usage":false},', '"stream_options":{"x":1,"include_usage":true},'],
    ['"stream_options":{"include_usage":null},', '"stream_options":{"include_usage":true},'],
    ['"stream_options":{"include_usage": true },', '"stream_options":{"include_usage": true },'],
  ])('asks for usage where the client wrote %j', (before, after) => {
    expect(spliced(`{${before}"model":"up",${messages}}`, { includeUsage: true })).toBe(
      `{${after}"model":"up",${messages}}`,
    );
  });

  it.each([
    ['', null, '"max_tokens":7,'],
    ['"max_tokens":99,', null, '"max_tokens":7,'],
    ['"max_completion_tokens":99,', null, '"max_completion_tokens":7,'],
    ['"max_tokens":null,', null, '"max_tokens":7,'],
    ['"max_tokens":9,"max_completion_tokens":9,', null, '"max_tokens":7,"max_completion_tokens":7,'],
    ['"max_tokens":null,"max_completion_tokens":9,', null, '"max_tokens":null,"max_completion_tokens":7,'],
    ['', 'max_completion_tokens', '"max_completion_tokens":7,'],
    ['"max_tokens":99,', 'max_completion_tokens', '"max_completion_tokens":7,'],
    ['"max_tokens":9,"max_completion_tokens":9,', 'max_tokens', '"max_tokens":7,'],
    ['"max_tokens":null,"max_completion_tokens":9,', 'max_tokens', '"max_tokens":7,'],
  ] as const)('clamps the limit of %j, for an endpoint that takes %s', (before, maxTokensKey, after) => {
    const text = `{${before}"model":"up",${messages}}`;
    expect(spliced(text, { maxTokens: 7, maxTokensKey })).toBe(`{${after}"model":"up",${messages}}`);
  });

  it('renames the limit for an endpoint that knows only one name, and leaves its value', () => {
    const text = `{"model":"up","max_tokens":1e2,${messages}}`;
    expect(spliced(text, { maxTokensKey: 'max_completion_tokens' })).toBe(
      `{"model":"up","max_completion_tokens":1e2,${messages}}`,
    );
  });

  it.each([
    ['"reasoning":"high",'],
    ['"reasoning":{"effort":7},'],
    ['"reasoning":{"max_tokens":"x"},'],
    ['"reasoning_effort":"low","reasoning":{"effort":"high"},'],
  ])('refuses %j instead of guessing an effort', (before) => {
    expect(readChatRequest(Buffer.from(`{${before}"model":"up",${messages}}`))).toMatchObject({
      problem: { code: 'invalid_parameter', param: 'reasoning' },
    });
  });

  it('is the original with the changes and without the gateway parameters, whatever the order and spacing', () => {
    const gateway = ['provider', 'models', 'route', 'transforms', 'plugins', 'session_id', 'usage'];
    const valueOf = new Map([
      ['models', '["b"]'],
      ['session_id', '"s"'],
    ]);
    const extras = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
    const limits = fc.constantFrom('', '"max_tokens":50', '"max_completion_tokens": 50', '"max_tokens":null');
    const options = fc.constantFrom('', '"stream_options":{}', '"stream_options":{"a":[1.0]}', '"stream_options":null');
    const all = fc.record({
      extras,
      limits,
      options,
      dropped: fc.subarray(gateway),
      seed: fc.infiniteStream(fc.nat()),
    });
    fc.assert(
      fc.property(all, fc.boolean(), fc.option(fc.integer({ min: 1, max: 9 })), (parts, includeUsage, maxTokens) => {
        const members = [
          '"model" : "a"',
          messages,
          parts.limits,
          parts.options,
          ...parts.dropped.map((key) => `"${key}": ${valueOf.get(key) ?? '{"x":1}'}`),
          ...Object.entries(parts.extras)
            .filter(([key]) => !isKnown(key))
            .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`),
        ].filter((member) => member !== '');
        const order = members.map((member) => ({ member, place: parts.seed.next().value }));
        const text = `{ ${order
          .toSorted((a, b) => a.place - b.place)
          .map(({ member }) => member)
          .join(' ,\n')} }`;
        const result = spliced(text, { includeUsage, maxTokens });
        expect(JSON.parse(result)).toEqual(expectedOf(text, includeUsage, maxTokens));
      }),
    );
  });
});

const known = ['model', 'messages', 'max_tokens', 'max_completion_tokens', 'stream_options', 'stream', 'n', 'user'];
const dropped = ['provider', 'models', 'route', 'transforms', 'plugins', 'session_id', 'usage'];

function isKnown(key: string): boolean {
  return (
    key.startsWith('reasoning') ||
    known.includes(key) ||
    dropped.includes(key) ||
    key === '__proto__' ||
    key === 'tools' ||
    key === 'functions'
  );
}

function expectedOf(text: string, includeUsage: boolean, maxTokens: number | null): unknown {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) return null;
  const kept = Object.fromEntries(Object.entries(value).filter(([key]) => !dropped.includes(key)));
  kept['model'] = 'up';
  const options = kept['stream_options'];
  if (includeUsage) kept['stream_options'] = { ...(isRecord(options) ? options : {}), include_usage: true };
  const key = typeof kept['max_completion_tokens'] === 'number' ? 'max_completion_tokens' : 'max_tokens';
  if (maxTokens !== null) kept[key] = maxTokens;
  return kept;
}
