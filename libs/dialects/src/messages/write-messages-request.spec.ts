import { describe, expect, it } from '@jest/globals';

import { chatClient } from '../chat/chat-dialect.js';
import { callOf, sent, target } from './sample-messages.js';

const hi = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const tool = {
  type: 'function',
  function: { name: 'weather', description: 'Tells it', parameters: { type: 'object', properties: {} } },
};

const text = (told: string): object => ({ type: 'text', text: told });
const call = (id: string, args: string): object => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: args },
});

function written(document: object, model?: string): Record<string, unknown> {
  return sent(callOf({ ...hi, ...document }, chatClient), target('messages', model));
}

function problem(document: object): unknown {
  return callOf({ ...hi, ...document }, chatClient).problemFor('messages');
}

describe('a turn that is said in Messages', () => {
  it('always has an output limit, and only what was asked for', () => {
    expect(written({})).toEqual({
      model: 'claude-opus-4-5',
      max_tokens: 64_000,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
    });
    expect(written({ max_completion_tokens: 9, stream: true })).toMatchObject({ max_tokens: 9, stream: true });
  });

  it('gathers the instructions in front, and tells later ones apart from the user', () => {
    const messages = [
      { role: 'system', content: 'one' },
      { role: 'developer', content: 'two' },
      { role: 'user', content: 'hi' },
      { role: 'system', content: 'three' },
      { role: 'assistant', content: 'yes' },
      { role: 'developer', content: 'four' },
      { role: 'user', content: 'go on' },
    ];
    expect(written({ messages })).toMatchObject({
      system: [text('one'), text('two')],
      messages: [
        { role: 'user', content: [text('hi'), text('<system>\nthree\n</system>')] },
        { role: 'assistant', content: [text('yes')] },
        { role: 'user', content: [text('<system>\nfour\n</system>'), text('go on')] },
      ],
    });
    // Newer models take a message of the role behind a user's turn, and nowhere else.
    expect(written({ messages }, 'claude-opus-4-8')).toMatchObject({
      messages: [
        { role: 'user', content: [text('hi')] },
        { role: 'system', content: [text('three')] },
        { role: 'assistant', content: [text('yes')] },
        { role: 'user', content: [text('<system>\nfour\n</system>'), text('go on')] },
      ],
    });
    expect(written({ messages: [{ role: 'system', content: 'alone' }] })).toMatchObject({
      messages: [{ role: 'user', content: [text('alone')] }],
    });
  });

  it('puts tool results in front of what the user says, under ids that Anthropic takes', () => {
    const messages = [
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [call('functions.w:0', '{"a":1}'), call('b', ''), call('c', '[1')],
      },
      { role: 'tool', tool_call_id: 'functions.w:0', content: 'sunny' },
      { role: 'user', content: 'and now?' },
      { role: 'tool', tool_call_id: 'b', content: 'rain' },
    ];
    expect(written({ messages, tools: [tool] })['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'functions_w_0', name: 'weather', input: { a: 1 } },
          { type: 'tool_use', id: 'b', name: 'weather', input: {} },
          { type: 'tool_use', id: 'c', name: 'weather', input: { arguments: '[1' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'functions_w_0', content: [{ type: 'text', text: 'sunny' }] },
          { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: 'rain' }] },
          { type: 'text', text: 'and now?' },
        ],
      },
    ]);
  });

  it('says pictures and files by bytes and by address', () => {
    const content = [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
      { type: 'file', file: { filename: 'a.txt', file_data: 'data:text/plain;base64,aGVsbG8=' } },
    ];
    expect(written({ messages: [{ role: 'user', content }] })['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
            title: 'a.pdf',
          },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hello' }, title: 'a.txt' },
        ],
      },
    ]);
  });

  it('says tools, the choice of one, and calls one at a time', () => {
    const tools = { tools: [tool] };
    expect(written(tools)).toMatchObject({
      tools: [{ name: 'weather', description: 'Tells it', input_schema: { type: 'object', properties: {} } }],
    });
    const choice = (tool_choice: unknown, parallel_tool_calls?: boolean): unknown =>
      written({ ...tools, tool_choice, parallel_tool_calls })['tool_choice'];
    expect(choice('auto')).toEqual({ type: 'auto' });
    expect(choice('none')).toEqual({ type: 'none' });
    expect(choice('required', false)).toEqual({ type: 'any', disable_parallel_tool_use: true });
    expect(choice({ type: 'function', function: { name: 'weather' } })).toEqual({ type: 'tool', name: 'weather' });
    expect(choice(undefined, false)).toEqual({ type: 'auto', disable_parallel_tool_use: true });
    expect(choice(undefined, true)).toBeUndefined();
  });

  it('thinks within a budget on older models, with an effort on newer ones', () => {
    const high = { reasoning_effort: 'high', max_completion_tokens: 10_000 };
    expect(written(high)['thinking']).toEqual({ type: 'enabled', budget_tokens: 8000 });
    expect(written({ ...high, max_completion_tokens: 1024 })['thinking']).toBeUndefined();
    expect(written({ ...high, max_completion_tokens: 1025 })['thinking']).toMatchObject({ budget_tokens: 1024 });
    expect(written(high, 'claude-opus-5-5')).toMatchObject({
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: 'high' },
    });
    expect(written({ reasoning_effort: 'minimal' }, 'claude-opus-4-6')['output_config']).toEqual({ effort: 'low' });
    expect(written({ reasoning_effort: 'xhigh' }, 'claude-opus-4-6')['output_config']).toEqual({ effort: 'high' });
    const tools = { ...high, tools: [tool], tool_choice: 'required' };
    expect(written(tools)['thinking']).toBeUndefined();
  });

  it.each([
    ['claude-opus-4-6', {}],
    ['claude-haiku-5-5', { thinking: { type: 'disabled' } }],
    ['claude-sonnet-5-5', { thinking: { type: 'between_tools' } }],
    ['claude-opus-5-5', { output_config: { effort: 'low' } }],
    ['kimi-k2', { thinking: { type: 'disabled' } }],
  ])('switches thinking off as %s takes it', (model, expected) => {
    const { thinking, output_config: config } = written({ reasoning_effort: 'none' }, model);
    expect({
      ...(thinking === undefined ? {} : { thinking }),
      ...(config === undefined ? {} : { output_config: config }),
    }).toEqual(expected);
  });

  it('says a schema, and in words what Anthropic has no parameter for', () => {
    const schema = { type: 'object', properties: { a: { type: 'number' } }, additionalProperties: false };
    const format = { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } };
    expect(written({ response_format: format })['output_config']).toEqual({ format: { type: 'json_schema', schema } });
    expect(written({ response_format: { type: 'json_object' } })['system']).toEqual([
      { type: 'text', text: 'Answer with one JSON object and nothing else.' },
    ]);
  });

  it('says stops, temperature, the end user and the tier, and leaves out what is Anthropic’s own anyway', () => {
    const asked = { stop: ['a', 'b'], temperature: 0.5, top_p: 0.9, user: 'u', service_tier: 'default' };
    expect(written(asked)).toMatchObject({
      stop_sequences: ['a', 'b'],
      temperature: 0.5,
      top_p: 0.9,
      metadata: { user_id: 'u' },
      service_tier: 'standard_only',
    });
    const plain = written({ temperature: 1, top_p: 1, presence_penalty: 0, frequency_penalty: 0, n: 1 });
    expect(Object.keys(plain)).toEqual(['model', 'max_tokens', 'messages']);
  });

  it.each([
    [{ n: 2 }, 'n'],
    [{ seed: 1 }, 'seed'],
    [{ presence_penalty: 1 }, 'presence_penalty'],
    [{ frequency_penalty: 1 }, 'frequency_penalty'],
    [{ logit_bias: { 1: 2 } }, 'logit_bias'],
    [{ logprobs: true, top_logprobs: 2 }, 'logprobs'],
    [{ temperature: 1.5 }, 'temperature'],
    [{ temperature: 0.5, reasoning_effort: 'high' }, 'temperature'],
    [{ service_tier: 'flex' }, 'service_tier'],
    [
      {
        messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'aaaa', format: 'wav' } }] }],
      },
      'messages[0].content[0]',
    ],
    [
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/tiff;base64,aaaa' } }] },
        ],
      },
      'messages[0].content[0]',
    ],
  ])('refuses %j by its name', (document, param) => {
    expect(problem(document)).toMatchObject({ code: 'unsupported_parameter', param });
  });
});
