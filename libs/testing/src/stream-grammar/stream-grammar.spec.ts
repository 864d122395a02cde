import { describe, expect, it } from '@jest/globals';

import { chatStreamViolations } from './chat-stream-grammar.js';
import { geminiStreamViolations } from './gemini-stream-grammar.js';
import { messagesStreamViolations } from './messages-stream-grammar.js';
import { responsesStreamViolations } from './responses-stream-grammar.js';

const cost = { cost: 0.1, cost_nano_usd: '100000000' };

function sse(events: readonly object[], isNamed: boolean): string[] {
  return events.map((event) => {
    const name = isNamed && 'type' in event ? `event: ${String(event.type)}\n` : '';
    return `${name}data: ${JSON.stringify(event)}\n\n`;
  });
}

const chatHead = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', system_fingerprint: null };
const chatUsage = {
  prompt_tokens: 1,
  completion_tokens: 1,
  total_tokens: 2,
  ...cost,
  cost_details: {
    cache_premium_absorbed: 0,
    upstream_inference_prompt_cost: 0,
    upstream_inference_completions_cost: 0,
  },
};
const chat = [
  ...sse(
    [
      {
        ...chatHead,
        choices: [{ index: 0, delta: { role: 'assistant', content: 'a' }, finish_reason: null, logprobs: null }],
      },
      {
        ...chatHead,
        choices: [
          {
            index: 0,
            delta: { tool_calls: [{ index: 0, id: 'x', type: 'function', function: { name: 'f', arguments: '' } }] },
            finish_reason: null,
            logprobs: null,
          },
        ],
      },
      {
        ...chatHead,
        choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls', logprobs: null }],
        usage: chatUsage,
      },
    ],
    false,
  ),
  'data: [DONE]\n\n',
];

const messages = sse(
  [
    {
      type: 'message_start',
      message: {
        id: 'm',
        type: 'message',
        role: 'assistant',
        content: [],
        model: 'm',
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 1, output_tokens: 0 },
      },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 's' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'ping' },
    { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 't', name: 'f', input: {} } },
    { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{}' } },
    { type: 'content_block_stop', index: 1 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { output_tokens: 3, ...cost, cost_details: { cache_premium_absorbed: 0 } },
    },
    { type: 'message_stop' },
  ],
  true,
);

const resource = {
  id: 'r',
  object: 'response',
  created_at: 1,
  completed_at: 2,
  model: 'm',
  truncation: 'disabled',
  temperature: 1,
  top_p: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  top_logprobs: 0,
  store: false,
  background: false,
  service_tier: 'default',
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  previous_response_id: null,
  safety_identifier: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  parallel_tool_calls: true,
  metadata: {},
  usage: null,
  output: [],
};
const text = { type: 'output_text', text: 'ab', annotations: [], logprobs: [] };
const item = { id: 'i', type: 'message', status: 'completed', role: 'assistant', content: [text] };
const responsesUsage = {
  input_tokens: 1,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 1,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 2,
  ...cost,
  cost_details: { cache_premium_absorbed: 0, upstream_inference_input_cost: 0, upstream_inference_output_cost: 0 },
};
const at = { item_id: 'i', output_index: 0, content_index: 0 };
const responses = sse(
  [
    { type: 'response.created', response: { ...resource, status: 'in_progress' } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...at, part: { ...text, text: '' } },
    { type: 'response.output_text.delta', ...at, delta: 'a', logprobs: [] },
    { type: 'keepalive' },
    { type: 'response.output_text.delta', ...at, delta: 'b', logprobs: [] },
    { type: 'response.output_text.done', ...at, text: 'ab', logprobs: [] },
    { type: 'response.content_part.done', ...at, part: text },
    { type: 'response.output_item.done', output_index: 0, item },
    {
      type: 'response.completed',
      response: { ...resource, status: 'completed', output: [item], usage: responsesUsage },
    },
  ].map((event, sequence_number) => ({ ...event, sequence_number })),
  true,
);

const gemini = sse(
  [
    {
      candidates: [{ content: { role: 'model', parts: [{ text: 'a' }] }, index: 0 }],
      modelVersion: 'm',
      responseId: 'r',
    },
    {
      candidates: [{ content: { role: 'model', parts: [{ text: 'b' }] }, index: 0, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
      modelVersion: 'm',
      responseId: 'r',
    },
  ],
  false,
);

const dialects = {
  chat: {
    events: chat,
    needed: [2, 3],
    check: (bytes: Buffer) => chatStreamViolations(bytes, { asksUsage: false, end: 'whole' }),
  },
  messages: {
    events: messages,
    needed: [0, 1, 2, 3, 5, 7, 8, 9],
    check: (bytes: Buffer) => messagesStreamViolations(bytes, { end: 'whole' }),
  },
  responses: {
    events: responses,
    needed: [...responses.keys()],
    check: (bytes: Buffer) => responsesStreamViolations(bytes, { end: 'whole' }),
  },
  gemini: { events: gemini, needed: [1], check: (bytes: Buffer) => geminiStreamViolations(bytes, { end: 'whole' }) },
};

describe.each(Object.entries(dialects))('the checker of streams in %s', (_name, { events, needed, check }) => {
  const whole = events.join('');

  it('finds nothing in a stream by the rules, whatever ends its lines', () => {
    expect(check(Buffer.from(whole))).toEqual([]);
    expect(check(Buffer.from(whole.replaceAll('\n', '\r\n')))).toEqual([]);
  });

  it('finds a missing event', () => {
    for (const place of needed) {
      const shorter = events.filter((_event, other) => other !== place).join('');
      expect([place, check(Buffer.from(shorter))]).not.toEqual([place, []]);
    }
  });

  it('finds an event told twice', () => {
    for (const place of needed) {
      const longer = events.toSpliced(place, 0, events[place] ?? '').join('');
      expect([place, check(Buffer.from(longer))]).not.toEqual([place, []]);
    }
  });

  it('finds the end of a stream that was broken off and looks whole', () => {
    expect(check(Buffer.from(whole.slice(0, -1)))).not.toEqual([]);
    expect(check(Buffer.concat([Buffer.from(whole), Buffer.from([0xff])]))).not.toEqual([]);
  });
});

describe('the checker of chat streams', () => {
  it.each([
    ['"system_fingerprint":null,', ''],
    [',"logprobs":null', ''],
    [',"finish_reason":null', ''],
    ['"index":0,"id":"x"', '"id":"x"'],
    ['"cost_nano_usd":"100000000"', '"cost_nano_usd":100000000'],
    ['"total_tokens":2,', ''],
    ['"created":1', '"created":"1"'],
  ])('finds %j gone wrong', (before, after) => {
    const broken = chat.join('').replace(before, after);
    expect(dialects.chat.check(Buffer.from(broken))).not.toEqual([]);
  });

  it('takes an error for an end, and nothing behind it', () => {
    const [first = ''] = chat;
    const error = 'data: {"error":{"message":"gone","code":502}}\n\n';
    expect(dialects.chat.check(Buffer.from(first + error))).toEqual([]);
    expect(dialects.chat.check(Buffer.from(`${first}${error}data: [DONE]\n\n`))).not.toEqual([]);
    expect(dialects.chat.check(Buffer.from(`${first}data: {"error":{"message":"gone","code":"502"}}\n\n`))).not.toEqual(
      [],
    );
  });

  it('wants the usage in a chunk of its own only where it was asked for', () => {
    const bytes = Buffer.from(chat.join(''));
    expect(chatStreamViolations(bytes, { asksUsage: true, end: 'whole' })).not.toEqual([]);
  });
});
