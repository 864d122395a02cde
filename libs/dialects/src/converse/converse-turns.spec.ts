import { emptyUsage } from '@apilink/pricing';
import { describe, expect, it } from '@jest/globals';

import type { Call, CallFace, CallTarget } from '../call/call.js';
import { readChatCall } from '../turn-readers.js';

const traits = { reasoningExcluded: false, reasoningUntold: false, oneSearchPerPrompt: false, maxTokensKey: null };
const target: CallTarget = {
  dialect: 'converse',
  model: 'us.amazon.nova-2-lite-v1:0',
  maxTokens: 9,
  maxOutputTokens: 99,
  traits,
};
const face: CallFace = { model: 'demo/model', skin: 'own', standIn: { id: 'gen_1', createdSeconds: 9 } };
const closing = {
  usage: { ...emptyUsage, input: 10, output: 5 },
  cost: { totalNanoUsd: 1234n, cachePremiumAbsorbedNanoUsd: 0n, promptNanoUsd: 1000n, completionsNanoUsd: 234n },
};

function callOf(members: object): Call {
  const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...members }));
  const read = readChatCall({ body, headers: {}, path: '/v1/chat/completions', random: () => 0 });
  if ('problem' in read) throw new Error(JSON.stringify(read.problem));
  return read.call;
}

function sent(members: object, model = target.model): unknown {
  return JSON.parse(Buffer.concat([...callOf(members).request({ ...target, model }).body]).toString());
}

function event(name: string, document: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(document)}\n\n`;
}

const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object' }, strict: true } };

describe('a call to an endpoint that speaks Converse', () => {
  it('says a conversation with tools in alternating roles', () => {
    const messages = [
      { role: 'system', content: 'be kind' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/jpg;base64,AAAA' } }] },
      {
        role: 'assistant',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{"a":1}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'sun' },
      { role: 'user', content: 'and?' },
    ];
    expect(sent({ messages, tools: [tool], tool_choice: 'required', temperature: 0, stop: 'x' })).toEqual({
      system: [{ text: 'be kind' }],
      messages: [
        { role: 'user', content: [{ image: { format: 'jpeg', source: { bytes: 'AAAA' } } }] },
        { role: 'assistant', content: [{ toolUse: { toolUseId: 'c1', name: 'look', input: { a: 1 } } }] },
        {
          role: 'user',
          content: [{ toolResult: { toolUseId: 'c1', content: [{ text: 'sun' }] } }, { text: 'and?' }],
        },
      ],
      inferenceConfig: { maxTokens: 9, temperature: 0, stopSequences: ['x'] },
      toolConfig: {
        tools: [{ toolSpec: { name: 'look', inputSchema: { json: { type: 'object' } }, strict: true } }],
        toolChoice: { any: {} },
      },
    });
  });

  it.each([
    [
      'amazon.nova-2-lite-v1:0',
      { reasoning_effort: 'low' },
      { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } },
    ],
    ['openai.gpt-oss-120b-1:0', { reasoning_effort: 'low' }, { reasoning_effort: 'low' }],
    ['us.anthropic.claude-sonnet-4-6', { reasoning_effort: 'low' }, { thinking: { type: 'adaptive' } }],
    ['meta.llama4', { top_k: 5 }, { top_k: 5 }],
  ])('says to %s what %j means in its own fields', (model, members, fields) => {
    expect(sent(members, model)).toMatchObject({ additionalModelRequestFields: fields });
  });

  it('asks for structured output by its schema', () => {
    const json_schema = { name: 'n', schema: { type: 'object' } };
    expect(sent({ response_format: { type: 'json_schema', json_schema } })).toMatchObject({
      outputConfig: { textFormat: { structure: { jsonSchema: { name: 'n', schema: '{"type":"object"}' } } } },
    });
  });

  it.each([
    ['seed', { seed: 1 }],
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['response_format', { response_format: { type: 'json_object' } }],
    [
      'messages[0].content[0]',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://a.example/b.png' } }] }] },
    ],
  ])('refuses %s by its name', (param, members) => {
    expect(callOf(members).problemFor('converse')).toMatchObject({ code: 'unsupported_parameter', param });
  });

  it('reads a stream of thoughts, text and a call, and its usage', () => {
    const stream = callOf({ stream: true }).openStream(target, face);
    const upstream = [
      event('messageStart', { role: 'assistant' }),
      event('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'hm' } } }),
      event('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'sig' } } }),
      event('contentBlockStop', { contentBlockIndex: 0 }),
      event('contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'Hi' } }),
      event('contentBlockStop', { contentBlockIndex: 1 }),
      event('contentBlockStart', { contentBlockIndex: 2, start: { toolUse: { toolUseId: 'c1', name: 'look' } } }),
      event('contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '{"a":1}' } } }),
      event('contentBlockStop', { contentBlockIndex: 2 }),
      event('messageStop', { stopReason: 'tool_use' }),
      event('metadata', { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 } }),
    ].join('');
    const told = Buffer.concat([
      stream.feed(Buffer.from(upstream)) ?? Buffer.alloc(0),
      stream.finish(closing),
    ]).toString();
    expect([stream.phase, stream.finishReason, stream.usage]).toMatchObject([
      'complete',
      'tool_calls',
      { input: 10, output: 5 },
    ]);
    for (const part of ['"reasoning":"hm"', '"content":"Hi"', '"name":"look"', '"finish_reason":"tool_calls"']) {
      expect(told).toContain(part);
    }
  });

  it('takes an exception in the stream for a failure', () => {
    const stream = callOf({ stream: true }).openStream(target, face);
    stream.feed(Buffer.from(event('error', { type: 'error', error: { type: 'overloaded_error', message: 'busy' } })));
    expect([stream.phase, stream.failure]).toMatchObject(['failed', { type: 'overloaded_error', message: 'busy' }]);
  });

  it('reads a whole answer, and an error that came instead', () => {
    const document = {
      output: {
        message: {
          role: 'assistant',
          content: [{ text: 'Hi' }, { toolUse: { toolUseId: 'c1', name: 'look', input: { a: 1 } } }],
        },
      },
      stopReason: 'tool_use',
      usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    };
    const answer = callOf({}).readAnswer(Buffer.from(JSON.stringify(document)), target, face);
    expect(answer).toMatchObject({ isAnswer: true, usage: { input: 10, output: 5 } });
    expect(JSON.parse(answer.write(closing, true).body.toString())).toMatchObject({
      choices: [{ message: { content: 'Hi', tool_calls: [{ id: 'c1' }] }, finish_reason: 'tool_calls' }],
    });
    const refused = callOf({}).readAnswer(Buffer.from('{"message":"no access"}'), target, face);
    expect(refused).toMatchObject({ isAnswer: false, failure: { message: 'no access' } });
  });
});
