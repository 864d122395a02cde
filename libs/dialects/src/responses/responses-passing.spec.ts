import { describe, expect, it } from '@jest/globals';
import { responsesResourceViolations, responsesStreamViolations } from '@apilink/testing';

import type { AnswerStream } from '../call/answer-stream.js';
import { isRecord } from '../json/records.js';
import { sealText } from '../turn/seal-envelope.js';
import { recordedRequest, recordedRequests, recordedStream, recordedStreams } from './recorded.js';
import { callOf, closing, face, none, readingOf, simple, targetOf, responsesEvents } from './sample-calls.js';

const target = targetOf('responses');

function problemOf(body: unknown) {
  const reading = readingOf(body);
  return 'problem' in reading ? reading.problem : null;
}

function sent(body: unknown, maxTokens: number | null = null): string {
  return Buffer.concat([...callOf(body).request({ ...target, maxTokens }).body]).toString();
}

function deltaEvent(word: string, number: number): string {
  return `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"${word}","logprobs":[],"obfuscation":"${'o'.repeat(number % 5)}","sequence_number":${number}}\n\n`;
}

/** All that a client is told of an upstream's stream. */
function told(stream: AnswerStream, bytes: Buffer, step = bytes.length): Buffer {
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step) out.push(stream.feed(bytes.subarray(at, at + step)) ?? none);
  out.push(stream.end() ?? none);
  if (stream.phase === 'complete') out.push(stream.finish(closing));
  return Buffer.concat(out);
}

const whole = recordedStreams().filter((name) => !name.includes('failed') && !name.includes('minimal'));

describe('a request of Responses to an endpoint that speaks it', () => {
  it('keeps every byte but the model, the limit and what is ours to say', () => {
    const body =
      '{ "model":"m", "input":"hi \\u00e9", "temperature": 1.0, "x":[1e400 , 2],"store":true, "provider":{"only":["a"]} }';
    expect(sent(body, 5)).toBe(
      '{"max_output_tokens":5, "model":"upstream-model", "input":"hi \\u00e9", "temperature": 1.0, "x":[1e400 , 2],"store":false }',
    );
    expect(sent('{"model":"m","input":"hi","max_output_tokens":9}', 5)).toBe(
      '{"store":false,"model":"upstream-model","input":"hi","max_output_tokens":5}',
    );
  });

  it.each(recordedRequests())('passes %s', (name) => {
    const before: unknown = JSON.parse(recordedRequest(name).toString());
    const after: unknown = JSON.parse(sent(recordedRequest(name)));
    expect(after).toEqual({ ...(isRecord(before) ? before : {}), model: 'upstream-model', store: false });
  });

  it('takes out envelopes of ours, which the provider would call broken', () => {
    const mine = sealText({ origin: 'anthropic', value: 'sig' });
    const kept = { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'gAAA' };
    const compacted = { type: 'compaction', encrypted_content: sealText({ origin: 'other', value: 'so far' }) };
    const input = [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: mine }, kept, compacted];
    const after: unknown = JSON.parse(sent({ ...simple, input }));
    expect(after).toMatchObject({
      input: [kept, { role: 'user', content: 'A summary of the conversation so far:\n\nso far' }],
    });
  });

  it('asks for hidden reasoning where the answer is kept and the model reasons', () => {
    const reasoning = { effort: 'low' };
    expect(JSON.parse(sent({ ...simple, reasoning }))).toMatchObject({ include: ['reasoning.encrypted_content'] });
    expect(JSON.parse(sent({ ...simple, reasoning, store: false }))).not.toHaveProperty('include');
    expect(JSON.parse(sent(simple))).not.toHaveProperty('include');
    const include = ['message.output_text.logprobs'];
    expect(JSON.parse(sent({ ...simple, reasoning, include }))).toMatchObject({
      include: [...include, 'reasoning.encrypted_content'],
    });
  });

  it.each([
    [{ input: 'hi' }, 'model', 'missing_parameter'],
    [{ model: 'm' }, 'input', 'missing_parameter'],
    [{ model: 'm', input: [] }, 'input', 'invalid_parameter'],
    [{ ...simple, conversation: 'conv_1' }, 'conversation', 'unsupported_parameter'],
    [{ ...simple, background: true }, 'background', 'unsupported_parameter'],
    [{ ...simple, prompt: { id: 'p' } }, 'prompt', 'unsupported_parameter'],
    [{ ...simple, previous_response_id: 'resp_0' }, 'previous_response_id', 'invalid_parameter'],
    [{ ...simple, input: [{ type: 'item_reference', id: 'rs_0' }] }, 'input', 'invalid_parameter'],
    [{ ...simple, max_output_tokens: 0 }, 'max_output_tokens', 'invalid_parameter'],
    ['{"model":"m","input":"a","input":"b"}', 'input', 'duplicate_key'],
    ['{"model":"m","input":', null, 'invalid_json'],
  ])('refuses %j', (body, param, code) => {
    expect(problemOf(body)).toMatchObject({ param, code });
  });

  it('asks no provider to look into a private network', () => {
    const content = [{ type: 'input_image', image_url: 'http://169.254.169.254/latest', detail: 'auto' }];
    expect(problemOf({ ...simple, input: [{ role: 'user', content }] })).toMatchObject({
      code: 'invalid_parameter',
      param: 'input[0].content[0].image_url',
    });
  });

  it('tells what the request needs and holds', () => {
    const { facts } = callOf(recordedRequest('turn1-image-input.json'));
    expect(facts).toMatchObject({ model: 'gpt-5.5', stream: true, maxTokens: null, asksWebSearch: true });
    expect(facts.needs).toEqual(['tools', 'images']);
    expect(facts.media.images).toEqual([{ size: { width: 8, height: 8 }, detail: 'original' }]);
    expect(callOf(recordedRequest('turn1-output-schema.json')).facts.needs).toContain('structured-output');
    expect(callOf(recordedRequest('turn1-gpt-6.1-sol-responses-lite.json')).facts.needs).toContain('tools');
    const file = [{ type: 'input_file', filename: 'a.pdf', file_url: 'https://example.com/a.pdf' }];
    expect(callOf({ ...simple, input: [{ role: 'user', content: file }] }).facts.needs).toEqual(['files']);
  });
});

describe('a stream of Responses to a client that speaks it', () => {
  it.each(whole)('passes %s by the grammar, wherever its reads end', (name) => {
    const bytes = recordedStream(name);
    const once = told(callOf(simple).openStream(target, face), bytes);
    expect(responsesStreamViolations(once, { end: 'whole' })).toEqual([]);
    for (const step of [1, 7, 100]) {
      expect(told(callOf(simple).openStream(target, face), bytes, step).toString()).toBe(once.toString());
    }
  });

  it('passes deltas as they are', () => {
    const body =
      'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":"m", "output_index":0,"content_index":0,"delta":"x","logprobs":[],"sequence_number":4}\n\n';
    const stream = callOf(simple).openStream(target, face);
    const text = recordedStream('responses-text.sse').toString();
    const head = text.slice(0, text.indexOf('event: response.output_text.delta'));
    expect(stream.feed(Buffer.from(head))).toBeNull();
    expect(stream.phase).toBe('waiting');
    expect(stream.feed(Buffer.from(body))?.toString().slice(-body.length)).toBe(body);
    expect(stream.phase).toBe('content');
  });

  it('counts and passes deltas alike whether they are parsed or like one before', () => {
    const words = ['plain', String.raw`q\"uote\n`, 'é🎉', String.raw`\u00e9`, 'x'.repeat(500)];
    const text = recordedStream('responses-text.sse').toString();
    const head = text.slice(0, text.indexOf('event: response.output_text.delta'));
    const events = words.concat(words, words).map((word, index) => deltaEvent(word, index + 4));
    const pieces = [
      head,
      ...events,
      'data: {"type":"keepalive","sequence_number":19}\n\n',
      deltaEvent('more', 20),
      deltaEvent('late', 30),
    ];
    const one = callOf(simple).openStream(target, face);
    const eventwise = pieces.map((piece) => one.feed(Buffer.from(piece))?.toString() ?? '').join('');
    const other = callOf(simple).openStream(target, face);
    const bytes = Buffer.from(pieces.join(''));
    const bytewise = [...bytes.keys()].map((at) => other.feed(bytes.subarray(at, at + 1))?.toString() ?? '').join('');
    expect(eventwise).toBe(bytewise);
    expect(eventwise).toContain(events.join(''));
    expect(eventwise).toContain('"sequence_number":21}');
    expect(one.outputTokens).toBe(other.outputTokens);
    expect(one.finish(closing).toString()).toBe(other.finish(closing).toString());
    expect(one.resource?.toString()).toContain(String.raw`plainq\"uote\né🎉é`);
  });

  it('shows our model, the cost, and the same id throughout', () => {
    const stream = callOf(simple).openStream(target, face);
    const events = responsesEvents(told(stream, recordedStream('responses-text.sse')));
    const last = events.at(-1)?.event['response'];
    expect(last).toMatchObject({
      id: 'resp_1a202bd8de40000000000000',
      model: 'public/model',
      store: true,
      usage: { input_tokens: 100, cost: 0.000001234, cost_nano_usd: '1234' },
    });
    expect(last).toMatchObject({
      usage: { cost_details: { upstream_inference_input_cost: 0.000001, upstream_inference_output_cost: 0.000000234 } },
    });
    expect(stream.usage).toMatchObject({ input: 100, cacheRead: 50, output: 20 });
    expect(JSON.parse(stream.resource?.toString() ?? '')).toEqual(last);
  });

  it('goes on under our own id once a keep-alive has opened the stream', () => {
    const one = callOf(simple);
    const stream = one.openStream(target, face);
    const opening = one.keepAlive(face);
    const more = one.keepAlive(face);
    const rest = told(stream, recordedStream('responses-reasoning-text.sse'));
    const all = Buffer.concat([opening, more, rest]);
    expect(responsesStreamViolations(all, { end: 'whole' })).toEqual([]);
    const types = responsesEvents(all).map(({ type }) => type);
    expect(types.slice(0, 4)).toEqual([
      'response.created',
      'response.in_progress',
      'keepalive',
      'response.output_item.added',
    ]);
    expect(responsesEvents(all).at(-1)?.event).toMatchObject({ response: { id: 'resp_1' } });
  });

  it('fills in what the smallest upstream leaves out', () => {
    const all = told(callOf(simple).openStream(target, face), recordedStream('responses-codex-minimal.sse'));
    const last = responsesEvents(all).at(-1)?.event['response'];
    expect(isRecord(last) ? responsesResourceViolations(last) : ['no object']).toEqual([]);
    expect(last).toMatchObject({ id: 'resp_1', output: [{ content: [{ text: 'bare item' }] }] });
  });

  it('tells nothing of an attempt that fails before its content', () => {
    const stream = callOf(simple).openStream(target, face);
    expect(told(stream, recordedStream('responses-failed-server_error.sse'))).toHaveLength(0);
    expect(stream).toMatchObject({ phase: 'failed', failure: { code: 'server_error', message: 'upstream died' } });
  });

  it('ends everything that is open when the hold runs out', () => {
    for (const name of [
      'responses-text.sse',
      'responses-function_call.sse',
      'responses-reasoning-text.sse',
      'responses-custom_tool_call-apply_patch.sse',
    ]) {
      const text = recordedStream(name).toString();
      const cut = text.lastIndexOf('.delta\ndata');
      const stream = callOf(simple).openStream(target, face);
      const begun = stream.feed(Buffer.from(text.slice(0, text.indexOf('\n\n', cut) + 2)));
      const all = Buffer.concat([begun ?? none, stream.finish(closing)]);
      expect(responsesStreamViolations(all, { end: 'whole' })).toEqual([]);
      expect(responsesEvents(all).at(-1)).toMatchObject({ type: 'response.incomplete' });
    }
  });

  it('breaks with response.failed under the id that the client has seen', () => {
    const one = callOf(simple);
    const stream = one.openStream(target, face);
    const text = recordedStream('responses-text.sse').toString();
    const begun = stream.feed(Buffer.from(text.slice(0, text.indexOf('event: response.output_text.done'))));
    expect(stream.end()).toBeNull();
    expect(stream.phase).toBe('cut');
    const error = { message: 'gone', type: 'server_error', status: 502, code: 'upstream_error' };
    const all = Buffer.concat([begun ?? none, one.brokenStream(error, face)]);
    expect(responsesStreamViolations(all, { end: 'whole' })).toEqual([]);
    expect(responsesEvents(all).at(-1)?.event).toMatchObject({
      response: { id: 'resp_1a202bd8de40000000000000', status: 'failed', error: { code: 'server_error' } },
    });
    const early = callOf(simple).brokenStream({ ...error, status: 402 }, face);
    expect(responsesStreamViolations(early, { end: 'whole' })).toEqual([]);
    expect(responsesEvents(early).at(-1)?.event).toMatchObject({ response: { error: { code: 'insufficient_quota' } } });
  });

  it('takes no page, no JSON error and no endless event for a stream', () => {
    const page = callOf(simple).openStream(target, face);
    expect(page.feed(Buffer.from('<html>'))).toBeNull();
    expect(page.phase).toBe('malformed');
    const json = callOf(simple).openStream(target, face);
    json.feed(Buffer.from('{"error":{"message":"no","code":"rate_limit_exceeded"}}'));
    json.end();
    expect(json).toMatchObject({ phase: 'failed', failure: { code: 'rate_limit_exceeded' } });
    const endless = callOf(simple).openStream(target, face);
    endless.feed(Buffer.from('data: "'));
    endless.feed(Buffer.alloc(9 * 1024 * 1024, 0x61));
    expect(endless.phase).toBe('malformed');
  });
});

describe('a whole response to a client that speaks Responses', () => {
  const last = responsesEvents(recordedStream('responses-reasoning-text.sse')).at(-1)?.event['response'];
  const body = Buffer.from(JSON.stringify(last));

  it('passes with our model, the cost and every required field', () => {
    const answer = callOf(simple).readAnswer(body, target, face);
    expect(answer).toMatchObject({ isAnswer: true, finishReason: 'stop', usage: { output: 20 }, isEmpty: false });
    expect(answer.outputTokens).toBeGreaterThan(3);
    const written: unknown = JSON.parse(answer.write(closing, true).body.toString());
    expect(isRecord(written) ? responsesResourceViolations(written) : ['no object']).toEqual([]);
    expect(written).toMatchObject({
      model: 'public/model',
      usage: { input_tokens_details: { cached_tokens: 50 }, cost: 0.000001234 },
    });
    expect(JSON.parse(answer.write(closing, false).body.toString())).toMatchObject({
      usage: { input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 } },
    });
  });

  it('is none when it is a page, another object or a failure', () => {
    const one = callOf(simple);
    for (const text of ['<html>', '[]', '{"object":"list"}', '{"choices":[]}']) {
      expect(one.readAnswer(Buffer.from(text), target, face).isAnswer).toBe(false);
    }
    const failed = JSON.stringify({
      object: 'response',
      status: 'failed',
      error: { code: 'server_error', message: 'no' },
    });
    expect(one.readAnswer(Buffer.from(failed), target, face)).toMatchObject({
      isAnswer: false,
      failure: { message: 'no' },
    });
  });

  it('is empty and cut when the hold ran out before it', () => {
    const written: unknown = JSON.parse(callOf(simple).exhausted(closing, face).body.toString());
    expect(isRecord(written) ? responsesResourceViolations(written) : ['no object']).toEqual([]);
    expect(written).toMatchObject({ status: 'incomplete', output: [], id: 'resp_1' });
  });
});
