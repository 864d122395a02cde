import { describe, expect, it } from '@jest/globals';

import type { TurnMessage } from '../turn/turn-request.js';
import type { TurnPart } from '../turn/turn-part.js';
import type { TurnRequest, TurnWriting } from '../turn/turn-request.js';
import { plainTurn, turnTarget } from './sample-turn.js';
import { writeGeminiRequest } from './write-gemini-request.js';

function written(change: Partial<TurnRequest>, model = 'gemini-3-pro'): TurnWriting {
  return writeGeminiRequest({ ...plainTurn, ...change }, turnTarget(model));
}

function body(change: Partial<TurnRequest>, model?: string): unknown {
  const writing = written(change, model);
  return 'body' in writing ? writing.body : writing.problem;
}

function says(role: TurnMessage['role'], ...parts: TurnPart[]): TurnMessage {
  return { role, name: null, parts };
}

const text = (words: string): TurnPart => ({ type: 'text', text: words, cache: null, citations: [] });

function call(callId: string, name: string, seal: string | null = null): TurnPart {
  return {
    type: 'tool_call',
    callId,
    name,
    namespace: null,
    form: 'function',
    input: '{"a":1}',
    seal: seal === null ? null : { origin: 'google', value: seal },
    id: null,
    cache: null,
  };
}

function result(callId: string, words: string, isError = false): TurnPart {
  const parts = [{ type: 'text', text: words, cache: null, citations: [] }] as const;
  return { type: 'tool_result', callId, name: null, form: 'function', parts, isError, cache: null };
}

function thought(origin: 'google' | 'anthropic'): TurnPart {
  const seal = { origin, value: 'c2ln' };
  return { type: 'reasoning', text: '', summaries: ['hm'], seal, isRedacted: false, id: null };
}

const tool = {
  form: 'function',
  name: 'look',
  namespace: null,
  description: 'Looks.',
  parameters: { type: 'object', properties: { a: { type: ['integer', 'null'] } } },
  strict: true,
  cache: null,
} as const;

const wish = { effort: null, maxTokens: null, summary: null, exclude: false };

describe('writeGeminiRequest', () => {
  it('gathers the leading instructions in front and keeps later ones in their place', () => {
    const messages = [
      says('system', text('a')),
      says('developer', text('b')),
      says('user', text('c')),
      says('developer', text('d')),
    ];
    expect(body({ messages })).toEqual({
      systemInstruction: { parts: [{ text: 'a' }, { text: 'b' }] },
      contents: [{ role: 'user', parts: [{ text: 'c' }, { text: '<system>\nd\n</system>' }] }],
    });
  });

  it('matches results of parallel calls by name and order, whatever order the client gave them in', () => {
    const messages = [
      says('user', text('go')),
      says('assistant', text('ok'), call('1', 'look', 'c2ln'), call('2', 'listen')),
      says('tool', result('2', 'two', true)),
      says('tool', result('1', 'one')),
    ];
    expect(body({ messages, tools: [tool] })).toMatchObject({
      contents: [
        { role: 'user' },
        {
          role: 'model',
          parts: [
            { text: 'ok' },
            { functionCall: { name: 'look', args: { a: 1 } }, thoughtSignature: 'c2ln' },
            { functionCall: { name: 'listen', args: { a: 1 } } },
          ],
        },
        {
          parts: [
            { functionResponse: { name: 'look', response: { output: 'one' } } },
            { functionResponse: { name: 'listen', response: { error: 'two' } } },
          ],
        },
      ],
    });
  });

  it("stands in for the signature of another model's call where Gemini refuses a turn without", () => {
    const messages = [says('user', text('go')), says('assistant', call('1', 'look'), call('2', 'look'))];
    const signed = { contents: [{}, { parts: [{ thoughtSignature: 'skip_thought_signature_validator' }, {}] }] };
    expect(body({ messages }, 'gemini-3-flash')).toMatchObject(signed);
    expect(JSON.stringify(body({ messages }, 'gemini-3-flash')).match(/thoughtSignature/g)).toHaveLength(1);
    expect(JSON.stringify(body({ messages }, 'gemini-2.5-pro'))).not.toContain('thoughtSignature');
  });

  it("gives thoughts back to Google alone that carry Google's seal", () => {
    const messages = [
      says('user', text('go')),
      says('assistant', thought('anthropic'), thought('google'), text('done')),
    ];
    expect(body({ messages })).toMatchObject({
      contents: [{}, { parts: [{ text: 'hm', thought: true, thoughtSignature: 'c2ln' }, { text: 'done' }] }],
    });
  });

  it('sends bytes inline, addresses as files, and refuses a file that another provider keeps', () => {
    const picture = { type: 'image', detail: null, cache: null } as const;
    const messages = [
      says(
        'user',
        { ...picture, source: { from: 'base64', mediaType: 'image/png', data: 'AAAA' } },
        { ...picture, source: { from: 'url', url: 'https://example.com/a.webp?x=1' } },
        { type: 'audio', data: 'BBBB', format: 'wav' },
        { type: 'file', source: { from: 'file', id: 'files/abc' }, name: 'a.txt', cache: null },
      ),
    ];
    expect(body({ messages })).toMatchObject({
      contents: [
        {
          parts: [
            { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
            { fileData: { mimeType: 'image/webp', fileUri: 'https://example.com/a.webp?x=1' } },
            { inlineData: { mimeType: 'audio/wav', data: 'BBBB' } },
            {
              fileData: {
                mimeType: 'text/plain',
                fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc',
              },
            },
          ],
        },
      ],
    });
    const foreign = [says('user', { type: 'file', source: { from: 'file', id: 'file-1' }, name: null, cache: null })];
    expect(body({ messages: foreign })).toMatchObject({
      code: 'unsupported_parameter',
      param: 'messages[0].content[0]',
    });
  });

  it('says everything that shapes the answer in the words of generationConfig', () => {
    const { sampling } = plainTurn;
    const asked: Partial<TurnRequest> = {
      sampling: {
        ...sampling,
        temperature: 0,
        topP: 0.9,
        topK: 40,
        seed: 7,
        stop: ['x'],
        presencePenalty: 1,
        topLogprobs: 3,
      },
      maxTokens: 50,
      choices: 2,
      format: { kind: 'json_schema', name: 'n', description: null, schema: { type: 'object' }, strict: true },
      serviceTier: 'flex',
    };
    expect(body(asked)).toMatchObject({
      generationConfig: {
        temperature: 0,
        topP: 0.9,
        topK: 40,
        seed: 7,
        stopSequences: ['x'],
        presencePenalty: 1,
        responseLogprobs: true,
        logprobs: 3,
        maxOutputTokens: 50,
        candidateCount: 2,
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object' },
      },
      serviceTier: 'flex',
    });
    expect(body({})).not.toHaveProperty('generationConfig');
  });

  it.each([
    ['gemini-3-pro', { effort: 'minimal' }, { includeThoughts: true, thinkingLevel: 'low' }],
    ['gemini-3-flash', { effort: 'none' }, { includeThoughts: false, thinkingLevel: 'minimal' }],
    ['gemini-3-pro', { effort: 'xhigh', exclude: true }, { includeThoughts: false, thinkingLevel: 'high' }],
    ['gemini-3-pro', { maxTokens: 9000 }, { includeThoughts: true, thinkingLevel: 'medium' }],
    ['gemini-2.5-flash', { effort: 'none' }, { includeThoughts: false, thinkingBudget: 0 }],
    ['gemini-2.5-pro', { effort: 'none' }, { includeThoughts: false, thinkingBudget: 128 }],
    ['gemini-2.5-pro', { effort: 'high' }, { includeThoughts: true, thinkingBudget: 24_576 }],
    ['gemini-2.5-pro', { maxTokens: 5000 }, { includeThoughts: true, thinkingBudget: 5000 }],
    ['gemini-2.5-pro', {}, { includeThoughts: true }],
  ])('makes %s think as %j says', (model, change, thinkingConfig) => {
    expect(body({ reasoning: { ...wish, ...change } }, model)).toMatchObject({ generationConfig: { thinkingConfig } });
  });

  it.each([
    [{ kind: 'required' }, { mode: 'ANY' }],
    [{ kind: 'none' }, { mode: 'NONE' }],
    [
      { kind: 'tool', name: 'look' },
      { mode: 'ANY', allowedFunctionNames: ['look'] },
    ],
    [
      { kind: 'allowed', mode: 'required', names: ['look'] },
      { mode: 'ANY', allowedFunctionNames: ['look'] },
    ],
    [{ kind: 'allowed', mode: 'auto', names: ['look'] }, { mode: 'AUTO' }],
  ] as const)('chooses tools as %j says', (toolChoice, functionCallingConfig) => {
    const tools = [tool, { ...tool, name: 'other' }];
    const sent = body({ tools, toolChoice });
    expect(sent).toMatchObject({ toolConfig: { functionCallingConfig } });
    const isNarrow = toolChoice.kind === 'allowed' && toolChoice.mode === 'auto';
    expect(JSON.stringify(sent).includes('"other"')).toBe(!isNarrow);
  });

  it('declares functions with their schema as it is, asks for one call at a time in words, and searches the web', () => {
    const search = { form: 'web_search', contextSize: 'high', allowedDomains: [], usesMax: null } as const;
    expect(body({ tools: [tool, search], parallelToolCalls: false })).toMatchObject({
      systemInstruction: { parts: [{ text: expect.stringContaining('at most one function') }] },
      tools: [
        {
          functionDeclarations: [{ name: 'look', description: 'Looks.', parametersJsonSchema: tool.parameters }],
        },
        { googleSearch: {} },
      ],
    });
    expect(body({ tools: [{ ...search, usesMax: 1 }] })).toMatchObject({ param: 'tools[0]' });
  });

  it.each([
    ['logit_bias', { sampling: { ...plainTurn.sampling, logitBias: { 1: 2 } } }],
    ['stop', { sampling: { ...plainTurn.sampling, stop: ['1', '2', '3', '4', '5', '6'] } }],
    ['n', { choices: 9 }],
    ['verbosity', { verbosity: 'low' }],
    ['service_tier', { serviceTier: 'scale' }],
    ['background', { extras: [{ path: 'background', value: true, isHarmless: false }] }],
  ] as const)('refuses %s by its name', (param, change) => {
    expect(body(change)).toMatchObject({ code: 'unsupported_parameter', param });
  });

  it('goes without what changes nothing of the answer', () => {
    const extras = [{ path: 'store', value: true, isHarmless: true }];
    expect(body({ extras, endUser: 'u', promptCacheKey: 'k', metadata: { a: 'b' } })).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
    });
  });
});
