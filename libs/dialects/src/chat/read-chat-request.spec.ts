import { describe, expect, it } from '@jest/globals';

import type { RequestProblem } from '../call/request-problem.js';
import type { ChatRequest } from './chat-request.js';
import { readChatRequest } from './read-chat-request.js';

const messages = '"messages":[{"role":"user","content":"hi"}]';

function problemOf(text: string): RequestProblem | null {
  const reading = readChatRequest(Buffer.from(text));
  return 'problem' in reading ? reading.problem : null;
}

function requestOf(text: string): ChatRequest {
  const reading = readChatRequest(Buffer.from(text));
  if ('problem' in reading) throw new Error(JSON.stringify(reading.problem));
  return reading.request;
}

function withMember(member: string): string {
  return `{"model":"a",${member},${messages}}`;
}

describe('readChatRequest', () => {
  it('reads what the gateway needs and nothing else', () => {
    const text = `{"model":"openai/gpt-5.5","stream":true,"stream_options":{"include_usage":true},"max_tokens":9,"n":2,
      "user":"u","session_id":"s","service_tier":"flex","models":["b","c"],"tools":[{}],
      "response_format":{"type":"json_schema"},"unknown":{"kept":[1]},${messages}}`;
    expect(requestOf(text)).toMatchObject({
      model: 'openai/gpt-5.5',
      stream: true,
      includeUsage: true,
      maxTokens: 9,
      maxTokensKey: 'max_tokens',
      choices: 2,
      endUser: 'u',
      session: 's',
      serviceTier: 'flex',
      models: ['b', 'c'],
      needs: ['tools', 'structured-output'],
    });
  });

  it('takes null for absent, as OpenAI does', () => {
    const nulls = '"stream":null,"stream_options":null,"max_tokens":null,"max_completion_tokens":null,"n":null';
    expect(requestOf(withMember(`${nulls},"user":null,"tools":null`))).toMatchObject({
      stream: false,
      includeUsage: false,
      maxTokens: null,
      maxTokensKey: null,
      choices: 1,
      endUser: null,
      needs: [],
    });
  });

  it.each([
    ['"max_tokens":0', 'max_tokens', 'expected a whole number above 0, got 0'],
    ['"max_tokens":-1', 'max_tokens', 'expected a whole number above 0, got -1'],
    ['"max_tokens":"9"', 'max_tokens', 'expected a whole number above 0, got the text "9"'],
    ['"max_tokens":1.5', 'max_tokens', 'expected a whole number above 0, got 1.5'],
    ['"max_completion_tokens":[]', 'max_completion_tokens', 'expected a whole number above 0, got an empty list'],
    ['"n":0', 'n', 'expected a whole number from 1 to 128, got 0'],
    ['"n":10000', 'n', 'expected a whole number from 1 to 128, got 10000'],
    ['"stream":"yes"', 'stream', 'expected true or false, got the text "yes"'],
    ['"stream":1', 'stream', 'expected true or false, got 1'],
    ['"stream_options":[]', 'stream_options', 'expected an object, got an empty list'],
    ['"stream_options":{"include_usage":"true"}', 'stream_options', expect.stringContaining('include_usage')],
    ['"user":7', 'user', 'expected a text of at most 256 characters, got 7'],
    [`"user":"${'u'.repeat(257)}"`, 'user', 'expected a text of at most 256 characters, got a text of 257 characters'],
    ['"models":["a",7]', 'models', 'expected a list of at most 16 names, got a list'],
    ['"tools":{}', 'tools', 'expected a list, got an object'],
  ])('refuses %s and says what it expected', (member, param, detail) => {
    expect(problemOf(withMember(member))).toEqual({ code: 'invalid_parameter', param, detail, limit: null });
  });

  it('leaves a limit of 10^12 to the edge, which clamps it', () => {
    expect(requestOf(withMember('"max_tokens":1000000000000'))).toMatchObject({ maxTokens: 1_000_000_000_000 });
    expect(requestOf(withMember('"max_completion_tokens":1e3'))).toMatchObject({
      maxTokens: 1000,
      maxTokensKey: 'max_completion_tokens',
    });
  });

  it('refuses two limits that differ, and takes two that agree', () => {
    expect(problemOf(withMember('"max_tokens":5,"max_completion_tokens":6'))).toMatchObject({
      code: 'invalid_parameter',
      param: 'max_tokens',
    });
    expect(requestOf(withMember('"max_tokens":5,"max_completion_tokens":5')).maxTokens).toBe(5);
  });

  it.each([
    [`{${messages}}`, { code: 'missing_parameter', param: 'model' }],
    ['{"model":"a"}', { code: 'missing_parameter', param: 'messages' }],
    [`{"model":"",${messages}}`, { code: 'invalid_parameter', param: 'model' }],
    [`{"model":null,${messages}}`, { code: 'invalid_parameter', param: 'model' }],
    [`{"model":"${'m'.repeat(201)}",${messages}}`, { code: 'invalid_parameter', param: 'model' }],
    ['{"model":"a","messages":[]}', { code: 'invalid_parameter', param: 'messages' }],
    ['{"model":"a","messages":"hi"}', { code: 'invalid_parameter', param: 'messages' }],
    ['{"model":"a","messages":["hi"]}', { code: 'invalid_parameter', param: 'messages' }],
  ])('refuses %j', (text, problem) => {
    expect(problemOf(text)).toMatchObject(problem);
  });

  it('says where a broken body breaks', () => {
    const detail = 'expected a key in double quotes at line 2, column 28 (byte 42)';
    expect(problemOf('{"model":"ä",\n"messages":[{"content":"1",}]}')).toEqual({
      code: 'invalid_json',
      param: null,
      detail,
      limit: null,
    });
    const large = `{"model":"a","messages":[{"content":"${'x'.repeat(100_000)}"}`;
    expect(problemOf(large)).toMatchObject({
      code: 'invalid_json',
      detail: expect.stringContaining(`byte ${large.length}`),
    });
  });

  it('refuses repeated top-level keys, in whatever spelling', () => {
    const twice = { code: 'duplicate_key', param: 'model' };
    expect(problemOf(`{"model":"a","model":"b",${messages}}`)).toMatchObject(twice);
    expect(problemOf(`{"model":"a","\\u006dodel":"b",${messages}}`)).toMatchObject(twice);
    expect(problemOf(`{"x":1,"model":"a","\\u0078":2,${messages}}`)).toMatchObject({ param: 'x' });
    expect(requestOf(`{"\\u006dodel":"a",${messages}}`).model).toBe('a');
  });

  it('refuses a document that is deeper than 64 levels or has more than 1,000 top-level keys', () => {
    const deep = `{"model":"a","messages":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
    expect(problemOf(deep)).toMatchObject({ code: 'json_too_deep', limit: '64' });
    const wide = Array.from({ length: 1001 }, (_, index) => `"k${index}":1`).join(',');
    expect(problemOf(withMember(wide))).toMatchObject({ code: 'invalid_json' });
  });

  it('does not build the value of a small parameter that is megabytes large', () => {
    const huge = `[${'1,'.repeat(1_000_000)}1]`;
    expect(problemOf(withMember(`"user":${huge}`))).toMatchObject({
      param: 'user',
      detail: expect.stringContaining('bytes'),
    });
  });

  it('counts the prompt and leaves the settings out', () => {
    const plain = requestOf(`{"model":"a",${messages}}`).estimatedTextTokens;
    expect(requestOf(withMember(`"metadata":{"note":"${'word '.repeat(500)}"}`)).estimatedTextTokens).toBe(plain);
    for (const key of ['tools', 'functions', 'prediction', 'some_new_prompt']) {
      const value =
        key === 'tools' || key === 'functions' ? `[{"d":"${'word '.repeat(500)}"}]` : `{"d":"${'word '.repeat(500)}"}`;
      expect(requestOf(withMember(`"${key}":${value}`)).estimatedTextTokens).toBeGreaterThan(plain + 500);
    }
  });

  it.each(['"user":"a\u0001b"', '"us\\xer":"a"', '"models":["a\u0001b"]', '"metadata":{"a\u0001":"b"}'])(
    'throws nothing at %j behind the text that is checked',
    (member) => {
      const long = 'word '.repeat(2000);
      const body = Buffer.from(`{"model":"a","messages":[{"role":"user","content":"${long}"}],${member}}`);
      expect(() => readChatRequest(body)).not.toThrow();
    },
  );

  it.each([
    ['{"type":"image_url","image_url":{"url":"http://10.0.0.8/cat.png"}}', 'image_url.url'],
    ['{"type":"image_url","image_url":{"detail":"low","url":"http:\\/\\/127.0.0.1/x"}}', 'image_url.url'],
    [
      '{"type":"image_url","image_url":{"url":"https://a.example/","url":"http://169.254.169.254/latest"}}',
      'image_url.url',
    ],
    ['{"image_url":"http://localhost/x","type":"image_url"}', 'image_url'],
    ['{"type":"video_url","video_url":{"url":"file:///etc/passwd"}}', 'video_url.url'],
    ['{"type":"file","file":{"file_data":"http://redis/x","filename":"a"}}', 'file.file_data'],
  ])('refuses a medium that nobody may be asked for: %s', (part, member) => {
    const text = `{"model":"m","messages":[{"role":"user","content":"hi"},{"role":"user","content":[${part}]}]}`;
    expect(readChatRequest(Buffer.from(text))).toMatchObject({
      problem: { code: 'invalid_parameter', param: `messages[1].content[0].${member}` },
    });
  });

  it('leaves addresses that are no medium, and public ones, to the provider', () => {
    const cited = '{"type":"url_citation","url_citation":{"url":"http://localhost:3000/doc"}}';
    const text = `{"model":"m","messages":[{"role":"assistant","content":"x","annotations":[${cited}]},
      {"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/cat.png"}}]}]}`;
    expect(readChatRequest(Buffer.from(text))).not.toHaveProperty('problem');
  });
});
