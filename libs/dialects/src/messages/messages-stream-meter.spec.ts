import { describe, expect, it } from '@jest/globals';

import { ToldStream } from '../call/told-stream.js';
import { recordedStream } from '../responses/recorded.js';
import { MessagesStreamMeter } from './messages-stream-meter.js';
import { closing, documentsOf, event, face, played } from './sample-messages.js';

const names = ['anthropic-text', 'anthropic-thinking-text', 'anthropic-tool_use', 'anthropic-error-midstream'];

function meter(): MessagesStreamMeter {
  return new MessagesStreamMeter(face, new ToldStream());
}

function factsOf({
  phase,
  usage,
  finishReason,
  failure,
  outputTokens,
  isEmpty,
  serviceTier,
}: MessagesStreamMeter): unknown {
  return { phase, usage, finishReason, failure, outputTokens, isEmpty, serviceTier };
}

const start = event('message_start', {
  message: { id: 'msg_1', model: 'up', content: [], usage: { input_tokens: 3, output_tokens: 1 } },
});
const block = event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
const text = (told: string): string =>
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: told } });
const stop = event('content_block_stop', { index: 0 });
const ending = event('message_delta', {
  delta: { stop_reason: 'end_turn', stop_sequence: null },
  usage: { output_tokens: 2, cost: 9, extra: 1.0 },
});
const over = event('message_stop');

describe('a Messages stream for a client of Messages', () => {
  it('passes every byte but the model and the usage of the last event', () => {
    const upstream = recordedStream('anthropic-thinking-text.sse').toString();
    const told = played(meter(), Buffer.from(upstream));
    const cost =
      '"cost":0.000001234,"cost_nano_usd":"1234","cost_details":{"cache_premium_absorbed":0,' +
      '"upstream_inference_cost":0.000001234,"upstream_inference_prompt_cost":0.000001,' +
      '"upstream_inference_completions_cost":0.000000234}';
    const expected = upstream
      .replace('"claude-stub"', '"anthropic/claude-x"')
      .replace('"usage":{"output_tokens":15}', `"usage":{"output_tokens":15,${cost}}`);
    expect(told).toBe(expected);
  });

  it.each(names)('tells the same of %s wherever its reads end, with any line ends', (name) => {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const bytes = Buffer.from(recordedStream(`${name}.sse`).toString().replaceAll('\n', lineEnd));
      const whole = meter();
      const expected = [played(whole, bytes), factsOf(whole)];
      for (let size = 1; size < 40; size++) {
        const cut = meter();
        expect([played(cut, bytes, size), factsOf(cut)]).toEqual(expected);
      }
      for (let at = 1; at < bytes.length; at++) {
        const cut = meter();
        const told = [cut.feed(bytes.subarray(0, at)), cut.feed(bytes.subarray(at)), cut.end()];
        const finished = cut.phase === 'complete' ? cut.finish(closing) : null;
        const all = [...told, finished].filter((piece) => piece !== null);
        expect([Buffer.concat(all).toString(), factsOf(cut)]).toEqual(expected);
      }
    }
  });

  it('tells the client nothing before the first content, so that another endpoint may still answer', () => {
    const stream = meter();
    expect(stream.feed(Buffer.from(start + block + event('ping')))).toBeNull();
    expect(stream.phase).toBe('waiting');
    const told = stream.feed(Buffer.from(text('Hi')))?.toString();
    expect(documentsOf(told ?? '').map(({ type }) => type)).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
    ]);
    expect(stream.phase).toBe('content');
  });

  it('holds the end back until its cost is known, and takes out what the upstream says of money', () => {
    const stream = meter();
    stream.feed(Buffer.from(start + block + text('Hi') + stop));
    expect(stream.feed(Buffer.from(ending))).toBeNull();
    expect(stream.phase).toBe('finishing');
    expect(stream.finishReason).toBe('end_turn');
    expect(stream.feed(Buffer.from(over))).toBeNull();
    expect(stream.phase).toBe('complete');
    const [delta, last] = documentsOf(stream.finish(closing).toString());
    expect(delta).toMatchObject({ usage: { output_tokens: 2, extra: 1, cost: 0.000001234, cost_nano_usd: '1234' } });
    expect(last).toEqual({ type: 'message_stop' });
  });

  it('writes the usage itself when the upstream told none, or none that can be true', () => {
    for (const usage of [undefined, { output_tokens: 'many' }]) {
      const stream = meter();
      const delta = event('message_delta', { delta: { stop_reason: 'end_turn' }, usage });
      const told = documentsOf(played(stream, Buffer.from(start + block + text('Hi') + stop + delta + over)));
      expect(told.filter(({ type }) => type === 'message_delta').at(-1)).toMatchObject({
        usage: { input_tokens: 25, cache_read_input_tokens: 200, output_tokens: 15, cost_nano_usd: '1234' },
      });
    }
  });

  it('ends open blocks as cut by the output limit when the hold runs out', () => {
    const stream = meter();
    const thinking = event('content_block_start', {
      index: 0,
      content_block: { type: 'thinking', thinking: '', signature: '' },
    });
    const thought = event('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } });
    stream.feed(Buffer.from(start + thinking + thought));
    const told = documentsOf(stream.finish(closing).toString());
    expect(told.map(({ type }) => type)).toEqual([
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(told[0]).toMatchObject({ delta: { type: 'signature_delta', signature: expect.stringMatching(/^apl1\../) } });
    expect(told[2]).toMatchObject({ delta: { stop_reason: 'max_tokens' }, usage: { output_tokens: 15 } });
    expect(stream.feed(Buffer.from(over))).toBeNull();
  });

  it('opens a stream that ends before its first content', () => {
    const stream = meter();
    const told = documentsOf(stream.finish(closing).toString());
    expect(told.map(({ type }) => type)).toEqual(['message_start', 'message_delta', 'message_stop']);
    expect(told[0]).toMatchObject({ message: { id: 'gen_1', model: 'anthropic/claude-x' } });
  });

  it('is failed by an error event, and tells no word of the end', () => {
    const stream = meter();
    const told = played(stream, recordedStream('anthropic-error-midstream.sse'));
    expect(told).toBe('');
    expect(stream).toMatchObject({ phase: 'failed', failure: { type: 'overloaded_error', message: 'Overloaded' } });
    const late = meter();
    const error = event('error', { error: { type: 'api_error', message: 'gone' } });
    const all = played(late, Buffer.from(start + block + text('Hi') + error));
    expect(late.phase).toBe('failed');
    expect(all).not.toContain('message_stop');
    expect(all).not.toContain('gone');
  });

  it.each([
    ['before its first content', start + block, 'cut'],
    ['in its text', start + block + text('Hi'), 'cut'],
    ['with a last word that nothing came before', start + block + text('Hi') + over, 'cut'],
    ['behind its stop reason', start + block + text('Hi') + stop + ending, 'complete'],
  ])('is no whole answer when it is cut %s', (_where, stream, phase) => {
    const cut = meter();
    played(cut, Buffer.from(stream));
    expect(cut.phase).toBe(phase);
  });

  it.each([
    ['HTML', '<html>busy</html>', 'malformed'],
    ['an error body', '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', 'failed'],
    ['nothing', '', 'cut'],
  ])('knows %s from a stream', (_what, body, phase) => {
    const stream = meter();
    played(stream, Buffer.from(body));
    expect(stream.phase).toBe(phase);
  });

  it('passes a megabyte of tool arguments in one event, and gives up one of more than eight', () => {
    const call = event('content_block_start', {
      index: 0,
      content_block: { type: 'tool_use', id: 't', name: 'f', input: {} },
    });
    const large = event('content_block_delta', {
      index: 0,
      delta: { type: 'input_json_delta', partial_json: 'x'.repeat(1_000_000) },
    });
    const told = played(meter(), Buffer.from(start + call + large + stop + ending + over), 65_536);
    expect(told).toContain(large);
    const hostile = meter();
    for (let read = 0; read < 9 && hostile.phase === 'waiting'; read++) {
      hostile.feed(Buffer.from(`${read === 0 ? 'data: "' : ''}${'x'.repeat(1024 * 1024)}`));
    }
    expect(hostile.phase).toBe('malformed');
  });

  it('counts the tokens of text, thinking and calls', () => {
    const stream = meter();
    stream.feed(Buffer.from(start + block + text('one two three four five six seven eight')));
    const few = stream.outputTokens;
    expect(few).toBeGreaterThanOrEqual(8);
    for (let at = 0; at < 100; at++) stream.feed(Buffer.from(text(' word')));
    expect(stream.outputTokens).toBeGreaterThanOrEqual(few + 100);
  });

  it('passes events that it does not know', () => {
    const strange = event('content_block_sparkle', { index: 0 });
    expect(played(meter(), Buffer.from(start + block + text('Hi') + strange + stop + ending + over))).toContain(
      strange,
    );
  });
});
