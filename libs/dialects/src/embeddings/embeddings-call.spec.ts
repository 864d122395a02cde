import { describe, expect, it } from '@jest/globals';
import { emptyUsage } from '@apilink/pricing';
import { array, assert, float, property } from 'fast-check';

import type { Call, CallReading } from '../call/call.js';
import { closing, face, target } from '../passing/call-sample.js';
import { readEmbeddingsCall } from './embeddings-call.js';
import { base64OfFloats, floatsOfBase64 } from './vector-encoding.js';

const read = (body: object | string): CallReading =>
  readEmbeddingsCall({
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    headers: {},
    path: '/v1/embeddings',
    random: () => 0,
  });
const call = (body: object | string): Call => {
  const reading = read(body);
  if ('problem' in reading) throw new Error(reading.problem.detail);
  return reading.call;
};
const model = 'acme/vectors';
const vectors = [
  [0.5, -1, 0.25],
  [0, 1, 2],
];
const base64 = (numbers: readonly number[]): string =>
  Buffer.from(Float32Array.from(numbers).buffer).toString('base64');
const answerOf = (embeddings: readonly unknown[]): Buffer =>
  Buffer.from(
    JSON.stringify({
      object: 'list',
      data: embeddings.map((embedding, index) => ({ object: 'embedding', index, embedding })),
      model: 'upstream-one',
      usage: { prompt_tokens: 7, total_tokens: 7 },
    }),
  );
const written = (body: object, answer: Buffer): unknown => {
  const whole = call(body).readAnswer(answer, target('embeddings'), face);
  expect(whole.isAnswer).toBe(true);
  return JSON.parse(whole.write(closing({ input: 7 }), whole.usage !== null).body.toString());
};

describe('embeddings', () => {
  it.each([
    ['float', vectors, vectors],
    ['float', vectors.map(base64), vectors],
    ['base64', vectors, vectors.map(base64)],
    ['base64', vectors.map(base64), vectors.map(base64)],
    [undefined, vectors.map(base64), vectors],
  ])('gives %s, whatever the upstream gave', (format, upstream, wanted) => {
    const answer = written({ model, input: ['a', 'b'], encoding_format: format }, answerOf(upstream));
    expect(answer).toMatchObject({
      object: 'list',
      model: face.model,
      data: wanted.map((embedding, index) => ({ object: 'embedding', index, embedding })),
      usage: { prompt_tokens: 7, total_tokens: 7, cost: 0.000000042, cost_nano_usd: '42' },
    });
  });

  it('keeps a vector to the bit, there and back', () => {
    assert(
      property(array(float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 }), (numbers) => {
        const encoded = base64OfFloats(numbers) ?? '';
        const decoded: unknown = JSON.parse(floatsOfBase64(encoded) ?? 'null');
        expect(decoded).toEqual(numbers);
      }),
    );
  });

  it.each([[['x']], [[null]], [[1e39]]])('takes %j for no vector', (numbers) => {
    expect(base64OfFloats(numbers)).toBeNull();
  });

  it('takes an answer with another number of vectors than inputs for none', () => {
    const asked = call({ model, input: ['a', 'b'] });
    for (const embeddings of [[], [[1]], [[1], [2], [3]], ['', ''], [{}, {}]]) {
      expect(asked.readAnswer(answerOf(embeddings), target('embeddings'), face).isAnswer).toBe(false);
    }
  });

  it.each(['<html>', '', '[]', '{}', '{"data":{}}', '{"data":[1,2]}'])('takes %s for no answer', (body) => {
    expect(call({ model, input: ['a', 'b'] }).readAnswer(Buffer.from(body), target('embeddings'), face)).toMatchObject({
      isAnswer: false,
      failure: null,
    });
  });

  it('hears an error that came with status 200', () => {
    const body = Buffer.from('{"error":{"message":"no","type":"server_error","code":"x"}}');
    expect(call({ model, input: 'a' }).readAnswer(body, target('embeddings'), face).failure).toEqual({
      message: 'no',
      type: 'server_error',
      code: 'x',
    });
  });

  it('writes a usage of its own where the upstream told none that can be true', () => {
    const body = Buffer.from('{"data":[{"embedding":[1]}],"usage":{"prompt_tokens":-1}}');
    const whole = call({ model, input: 'a' }).readAnswer(body, target('embeddings'), face);
    expect(whole.usage).toBeNull();
    expect(whole.usageProblem).toContain('prompt_tokens');
    expect(JSON.parse(whole.write(closing({ ...emptyUsage, input: 3 }), false).body.toString())).toMatchObject({
      usage: { prompt_tokens: 3, total_tokens: 3, cost_nano_usd: '42' },
    });
  });

  it.each([
    ['one text', 'hello', 1],
    ['texts', ['hello', 'world'], 1],
    ['tokens', [1, 2, 3], 3],
    ['lists of tokens', [[1, 2, 3], [4]], 3],
  ])('counts %s, and needs no more context than the longest', (_what, input, least) => {
    const { facts } = call({ model, input });
    expect(facts.units?.contextTokens).toBeGreaterThanOrEqual(least);
    expect(facts.units?.contextTokens).toBeLessThanOrEqual(facts.estimatedTextTokens);
  });

  it('changes only the model of the request and takes the gateway’s parameters out', () => {
    const body = `{ "model":"acme/vectors", "provider":{"sort":"price"},"input" : ["a"],"big":12345678901234567890, "user":"u"}`;
    const sent = Buffer.concat(call(body).request(target('embeddings')).body).toString();
    expect(sent).toBe('{ "model":"upstream-one", "input" : ["a"],"big":12345678901234567890, "user":"u"}');
  });

  it.each([
    ['input', { model, input: Array.from({ length: 3000 }, () => 'a') }, 'at most 2048 inputs, got 3000'],
    ['input', { model, input: '' }, 'empty text'],
    ['input', { model, input: [] }, 'empty list'],
    ['input', { model, input: 5 }, 'expected a text'],
    ['input', { model, input: { text: 'a' } }, 'expected a text'],
    ['input', { model, input: [1, 'a'] }, 'something else'],
    ['input', { model, input: [1, 1.5] }, 'something else'],
    ['input[1]', { model, input: ['a', { image: 'x' }] }, 'a text or a list of tokens'],
    ['input[0]', { model, input: [[]] }, 'a text or a list of tokens'],
    ['encoding_format', { model, input: 'a', encoding_format: 'int8' }, '"float" or "base64"'],
    ['dimensions', { model, input: 'a', dimensions: 0 }, 'a whole number'],
    ['stream', { model, input: 'a', stream: true }, 'vectors come whole'],
  ])('refuses a wrong %s and says what is right', (param, body, detail) => {
    const reading = read(body);
    expect('problem' in reading && reading.problem).toMatchObject({ code: 'invalid_parameter', param });
    expect('problem' in reading && reading.problem.detail).toContain(detail);
  });

  it.each([
    ['missing_parameter', 'model', { input: 'a' }],
    ['missing_parameter', 'input', { model }],
    ['duplicate_key', 'model', `{"model":"a","model":"b","input":"c"}`],
    ['invalid_parameter', 'user', `{"model":"a","input":["${'x'.repeat(9000)}"],"user":"\\q"}`],
  ])('refuses with %s (%s)', (code, param, body) => {
    const reading = read(body);
    expect('problem' in reading && reading.problem).toMatchObject({ code, param });
  });
});
