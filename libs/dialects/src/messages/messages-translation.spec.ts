import { describe, expect, it } from '@jest/globals';

import { ToldStream } from '../call/told-stream.js';
import { chatClient } from '../chat/chat-dialect.js';
import { recordedStream } from '../responses/recorded.js';
import { isSealEnvelope, openedEnvelope } from '../turn/seal-envelope.js';
import type { TurnEvent } from '../turn/turn-event.js';
import { MessagesStreamWriter } from './messages-stream-writer.js';
import { readMessagesTurn } from './read-messages-turn.js';
import { callOf, closing, documentsOf, event, face, played, target } from './sample-messages.js';

const hi = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }], stream: true };

/** What a client of Messages is told of a stream in another dialect. */
function translated(dialect: 'chat' | 'responses' | 'converse', stream: Buffer, size?: number): string {
  return played(callOf(hi).openStream(target(dialect), face), stream, size);
}

function chatStream(...deltas: object[]): Buffer {
  const chunks = deltas.map((choice) => ({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    ...choice,
  }));
  return Buffer.from(`${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`);
}

const delta = (told: object): object => ({ choices: [{ index: 0, delta: told, finish_reason: null }] });
const finish = (reason: string): object => ({
  choices: [{ index: 0, delta: {}, finish_reason: reason }],
  usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
});

const wholeBlock = (index: number, content: object): string =>
  event('content_block_start', { index, content_block: content }) + event('content_block_stop', { index });

/** Every rule of the grammar that clients of Messages lean on. */
function expectGrammar(stream: string): Record<string, unknown>[] {
  const told = documentsOf(stream);
  expect(stream).not.toContain('[DONE]');
  expect(told[0]).toMatchObject({
    type: 'message_start',
    message: { type: 'message', role: 'assistant', content: [] },
  });
  expect(told.at(-1)).toEqual({ type: 'message_stop' });
  expect(told.at(-2)).toMatchObject({ type: 'message_delta', usage: { cost_nano_usd: '1234' } });
  expect(misplaced(told.slice(1, -2))).toEqual([]);
  return told;
}

/** Events of blocks that stand where none may: one is open at a time, and they are numbered in their order. */
function misplaced(told: readonly Record<string, unknown>[]): unknown[] {
  let open: unknown = null;
  let next = 0;
  const wrong = told.filter(({ type, index }) => {
    const isStart = type === 'content_block_start';
    const isRight = isStart ? open === null && index === next : type === 'ping' || index === open;
    if (isStart) next++;
    if (isStart) open = index;
    if (type === 'content_block_stop') open = null;
    return !isRight;
  });
  return open === null ? wrong : [...wrong, 'a block that does not end'];
}

function blockEvents(told: readonly Record<string, unknown>[]): unknown[] {
  return told.filter(({ type }) => String(type).startsWith('content_block'));
}

function blocksOf(told: readonly Record<string, unknown>[]): unknown[] {
  return told.filter(({ type }) => type === 'content_block_start').map(({ content_block: block }) => block);
}

describe('a stream of another dialect for a client of Messages', () => {
  it.each(['chat-text', 'chat-reasoning_content', 'chat-tool_call'])('is one by its grammar: %s', (name) => {
    const stream = recordedStream(`${name}.sse`);
    const told = translated('chat', stream);
    expectGrammar(told);
    for (const size of [1, 7, 64]) expect(translated('chat', stream, size)).toBe(told);
  });

  it.each([
    'responses-text',
    'responses-reasoning-text',
    'responses-function_call',
    'responses-incomplete-max_output_tokens',
  ])('is one by its grammar: %s', (name) => {
    expectGrammar(translated('responses', recordedStream(`${name}.sse`)));
  });

  it.each(['anthropic-text', 'anthropic-thinking-text', 'anthropic-tool_use'])(
    'says the same after a round through the neutral model: %s',
    (name) => {
      const stream = recordedStream(`${name}.sse`);
      const told = expectGrammar(translated('converse', stream));
      expect(blockEvents(told)).toEqual(blockEvents(documentsOf(stream.toString())));
    },
  );

  it('keeps parallel calls apart that the upstream tells in turn', () => {
    const call = (index: number, id: string | undefined, args: string): object =>
      delta({
        tool_calls: [
          {
            index,
            ...(id === undefined ? {} : { id, type: 'function' }),
            function: { ...(id === undefined ? {} : { name: 'f' }), arguments: args },
          },
        ],
      });
    const stream = chatStream(
      delta({ role: 'assistant', content: 'Both.' }),
      call(0, 'a', '{"x"'),
      call(1, 'b', '{"y"'),
      call(0, undefined, ':1}'),
      call(1, undefined, ':2}'),
      finish('tool_calls'),
    );
    const told = expectGrammar(translated('chat', stream));
    expect(blocksOf(told)).toEqual([
      { type: 'text', text: '' },
      { type: 'tool_use', id: 'a', name: 'f', input: {} },
      { type: 'tool_use', id: 'b', name: 'f', input: {} },
    ]);
    const args = told
      .filter(({ delta: told_ }) => JSON.stringify(told_ ?? {}).includes('input_json_delta'))
      .map(({ index, delta: told_ }) => [index, told_]);
    expect(args).toEqual([
      [1, { type: 'input_json_delta', partial_json: '{"x"' }],
      [1, { type: 'input_json_delta', partial_json: ':1}' }],
      [2, { type: 'input_json_delta', partial_json: '{"y"' }],
      [2, { type: 'input_json_delta', partial_json: ':2}' }],
    ]);
    expect(told.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use', stop_sequence: null } });
  });

  it('signs thinking that the upstream did not sign, so that clients keep it', () => {
    const stream = chatStream(
      delta({ role: 'assistant', reasoning_content: 'hm' }),
      delta({ content: '4' }),
      finish('stop'),
    );
    const told = expectGrammar(translated('chat', stream));
    expect(blocksOf(told)).toEqual([
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'text', text: '' },
    ]);
    const signature = /"signature_delta","signature":"([^"]+)"/.exec(JSON.stringify(told))?.[1] ?? '';
    expect(isSealEnvelope(signature)).toBe(true);
    // Handed back to an endpoint of Anthropic's, the block is taken out: only its own signatures are valid there.
    const content = [
      { type: 'thinking', thinking: 'hm', signature },
      { type: 'text', text: '4' },
    ];
    const messages = [...hi.messages, { role: 'assistant', content }, { role: 'user', content: 'sure?' }];
    const { body } = callOf({ ...hi, messages }).request(target('messages'));
    expect(Buffer.concat(body).toString()).toContain('"content":[{"type":"text","text":"4"}]');
  });

  it('hides thinking that the client does not want to see', () => {
    const stream = chatStream(delta({ reasoning_content: 'secret' }), delta({ content: '4' }), finish('stop'));
    const call = callOf({ ...hi, thinking: { type: 'adaptive', display: 'omitted' } });
    expect(played(call.openStream(target('chat'), face), stream)).not.toContain('secret');
  });

  it.each([
    ['stop', 'end_turn'],
    ['length', 'max_tokens'],
    ['content_filter', 'refusal'],
  ])('tells the finish reason %s as %s', (reason, word) => {
    const told = expectGrammar(translated('chat', chatStream(delta({ content: 'x' }), finish(reason))));
    expect(told.at(-2)).toMatchObject({ delta: { stop_reason: word } });
  });

  it('ends what is open as cut by the output limit when the hold runs out', () => {
    const stream = callOf(hi).openStream(target('chat'), face);
    const bytes = chatStream(delta({ reasoning_content: 'long' })).subarray(0, -14);
    const told = [stream.feed(bytes), stream.finish(closing)].filter((read) => read !== null);
    const documents = expectGrammar(Buffer.concat(told).toString());
    expect(documents.at(-2)).toMatchObject({ delta: { stop_reason: 'max_tokens' } });
  });

  it('never looks whole when it broke', () => {
    const call = callOf(hi);
    const error = { message: 'gone', type: 'server_error', status: 503, code: 'server_is_overloaded' };
    const broken = call.brokenStream(error, face).toString();
    expect(broken).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"gone"}}\n\n',
    );
    expect(call.keepAlive(face).toString()).toBe('event: ping\ndata: {"type":"ping"}\n\n');
    const quota = call.brokenStream({ ...error, status: 429, code: 'insufficient_quota' }, face).toString();
    expect(quota).toContain('billing_error');
  });

  it('carries a megabyte of arguments in one piece', () => {
    const args = JSON.stringify({ text: 'x'.repeat(1_000_000) });
    const call = { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: args } }] };
    const told = expectGrammar(translated('chat', chatStream(delta(call), finish('tool_calls')), 65_536));
    expect(JSON.stringify(told)).toContain(JSON.stringify(args).slice(1, -1));
  });
});

describe('a stream of Messages for a client of chat', () => {
  const chat = { model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true };

  function told(stream: Buffer, size?: number): string {
    return played(callOf(chat, chatClient).openStream(target('messages'), face), stream, size);
  }

  it('tells thinking, text, calls, the finish reason and usage', () => {
    const thinking = documentsOf(told(recordedStream('anthropic-thinking-text.sse')));
    expect(JSON.stringify(thinking)).toContain('two plus');
    expect(JSON.stringify(thinking)).toContain('EqQBstubsig==');
    expect(thinking.at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }], usage: { prompt_tokens: 325 } });
    const call = documentsOf(told(recordedStream('anthropic-tool_use.sse')));
    expect(JSON.stringify(call)).toContain('"name":"Bash"');
    expect(call.at(-1)).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] });
  });

  it('tells the same wherever the reads end', () => {
    const stream = recordedStream('anthropic-thinking-text.sse');
    const whole = told(stream);
    for (let size = 1; size < 30; size++) expect(told(stream, size)).toBe(whole);
  });

  it('is failed by an error event', () => {
    const stream = callOf(chat, chatClient).openStream(target('messages'), face);
    played(stream, recordedStream('anthropic-error-midstream.sse'));
    expect(stream).toMatchObject({ phase: 'failed', failure: { type: 'overloaded_error' } });
  });

  it('takes a tool’s input that is told whole, and passes over what the provider does itself', () => {
    const stream = [
      event('message_start', { message: { id: 'm', usage: { input_tokens: 1, output_tokens: 1 } } }),
      wholeBlock(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } }),
      wholeBlock(1, { type: 'web_search_tool_result', tool_use_id: 's', content: [] }),
      wholeBlock(2, { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } }),
      event('message_delta', { delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 4 } }),
      event('message_stop'),
    ].join('');
    const documents = JSON.stringify(documentsOf(told(Buffer.from(stream))));
    expect(documents).toContain('{\\"a\\":1}');
    expect(documents).not.toContain('web_search');
  });
});

describe('MessagesStreamWriter', () => {
  it('tells thinking that is only sealed, and no block for thinking that says nothing', () => {
    const reading = readMessagesTurn(hi);
    if ('problem' in reading) throw new Error(reading.problem.detail);
    const write = (events: readonly TurnEvent[]): string => {
      const writer = new MessagesStreamWriter({ ...face, turn: reading.turn, document: hi }, new ToldStream());
      const told = events.map((one) => writer.write(one)).filter((bytes) => bytes !== null);
      return Buffer.concat([...told, writer.finish(closing, { forced: null, serviceTier: null })]).toString();
    };
    const is = { type: 'reasoning', told: 'summary', isRedacted: false, id: null } as const;
    const begun: TurnEvent = { kind: 'part_begun', choice: 0, part: 0, is };
    const ended: TurnEvent = { kind: 'part_ended', choice: 0, part: 0 };
    expect(blocksOf(expectGrammar(write([begun, ended])))).toEqual([]);
    const seal: TurnEvent = { kind: 'seal', choice: 0, part: 0, seal: { origin: 'openai', value: 'gAAA' } };
    expect(blocksOf(expectGrammar(write([begun, seal, ended])))).toHaveLength(1);
    const call = { type: 'tool_call', callId: 'c', name: 'f', namespace: null, form: 'function', id: null } as const;
    const google: TurnEvent = { ...seal, seal: { origin: 'google', value: 'Sig' } };
    const [, behind] = blocksOf(expectGrammar(write([{ ...begun, is: call }, google, ended])));
    expect(openedEnvelope(Object(behind).data)).toMatchObject({
      callId: 'c',
      seal: { origin: 'google', value: 'Sig' },
    });
    const redacted: TurnEvent = { ...begun, is: { ...is, isRedacted: true } };
    const native: TurnEvent = { ...seal, seal: { origin: 'anthropic', value: 'xyz' } };
    expect(blocksOf(expectGrammar(write([redacted, native, ended])))).toEqual([
      { type: 'redacted_thinking', data: 'xyz' },
    ]);
  });
});
