import { describe, expect, it } from '@jest/globals';

import { emptyUsage } from '@apilink/pricing';

import type { Call, CallFace, CallTarget, EndpointTraits, UpstreamDialect } from '../call/call.js';
import { readTurnCall } from '../turn/turn-call.js';
import type { UpstreamTurns } from '../turn/turn-dialect.js';
import { chatClient, chatTurns } from './chat-dialect.js';
import { recorded } from './sample-stream.js';

const traits: EndpointTraits = {
  reasoningExcluded: false,
  reasoningUntold: false,
  oneSearchPerPrompt: false,
  maxTokensKey: null,
};
const face: CallFace = { model: 'demo/model', skin: 'own', standIn: { id: 'gen_1', createdSeconds: 9 } };
const closing = {
  usage: { ...emptyUsage, input: 10, output: 5 },
  cost: { totalNanoUsd: 1234n, cachePremiumAbsorbedNanoUsd: 0n, promptNanoUsd: 1000n, completionsNanoUsd: 234n },
};

/** An upstream that is not chat and yet speaks like it: what passes through it has been translated there and back. */
const twin: UpstreamTurns = { ...chatTurns, name: 'converse' };

function target(dialect: UpstreamDialect): CallTarget {
  return { dialect, model: 'up', maxTokens: 7, maxOutputTokens: 100, traits };
}

function callOf(document: object): Call {
  const body = Buffer.from(JSON.stringify(document));
  const source = { body, headers: {}, path: '/v1/chat/completions', random: () => 0 };
  const reading = readTurnCall(source, chatClient, [chatTurns, twin]);
  if ('problem' in reading) throw new Error(JSON.stringify(reading.problem));
  return reading.call;
}

function sent(document: object): unknown {
  const { body } = callOf(document).request(target('converse'));
  return JSON.parse(Buffer.concat(body).toString());
}

function streamed(document: object, upstream: Buffer): string {
  const stream = callOf(document).openStream(target('converse'), face);
  const bytes = [stream.feed(upstream), stream.end()].filter((read) => read !== null);
  return Buffer.concat([...bytes, stream.finish(closing)]).toString();
}

function chunks(stream: string): unknown[] {
  return stream
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)));
}

const hi = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

describe('a chat call that is translated', () => {
  it('tells a tool call with the index, id and arguments that the upstream told', () => {
    const told = chunks(streamed({ ...hi, stream: true }, recorded('chat-tool_call')));
    expect(told).toMatchObject([
      {
        id: 'gen_1',
        model: 'demo/model',
        system_fingerprint: null,
        choices: [{ index: 0, delta: { role: 'assistant' } }],
      },
      { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: '{"city' } }] }, finish_reason: null }] },
      {},
      {},
      {},
      { choices: [{ delta: {}, finish_reason: 'tool_calls', logprobs: null }], usage: { cost: 0.000001234 } },
    ]);
  });

  it('tells thinking in all three members that clients read', () => {
    const told = chunks(streamed({ ...hi, stream: true }, recorded('chat-reasoning_content')));
    expect(told[0]).toMatchObject({
      choices: [
        {
          delta: {
            reasoning: 'thinki',
            reasoning_content: 'thinki',
            reasoning_details: [{ type: 'reasoning.text', text: 'thinki' }],
          },
        },
      ],
    });
  });

  it('hides the thinking of a client that does not want it', () => {
    const stream = streamed({ ...hi, stream: true, reasoning: { exclude: true } }, recorded('chat-reasoning_content'));
    expect(stream).not.toContain('thinki');
    expect(stream).toContain('"content":"Hi"');
  });

  it('hides it from a chat upstream too, which cannot be told to keep it back', () => {
    const call = callOf({ ...hi, stream: true, reasoning: { exclude: true, effort: 'low' } });
    const body = Buffer.concat(call.request(target('chat')).body).toString();
    expect(body).toContain('"reasoning":{"exclude":true,"effort":"low"}');
    const stream = call.openStream(target('chat'), face);
    const told = Buffer.concat([
      stream.feed(recorded('chat-reasoning_content')) ?? Buffer.alloc(0),
      stream.finish(closing),
    ]);
    expect(told.toString()).not.toContain('thinki');
    expect(stream.usage).toMatchObject({ output: 5, reasoning: 1 });
  });

  it('sends the request with its limit and without what only the client needs', () => {
    expect(sent({ ...hi, max_tokens: 50, store: true, temperature: 0.5, provider: { order: ['x'] } })).toEqual({
      model: 'up',
      messages: [{ role: 'user', content: 'hi' }],
      max_completion_tokens: 7,
      temperature: 0.5,
    });
  });

  it.each([
    [{ messages: [{ role: 'user', content: [{ type: 'video_url' }] }] }, 'messages[0].content[0].type'],
    [{ messages: [{ role: 'user', content: 'x', novel: 1 }] }, 'messages[0].novel'],
    [{ tools: [{ type: 'openrouter:web_fetch' }] }, 'tools[0].type'],
    [{ novel: { x: 1 } }, 'novel'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ response_format: { type: 'grammar' } }, 'response_format.type'],
  ])('refuses %j by the name of the member, since nothing may be dropped silently', (members, param) => {
    expect(callOf({ ...hi, ...members }).problemFor('converse')).toMatchObject({
      code: 'unsupported_parameter',
      param,
    });
  });
});
